"""Words without a domain: values and their JSON, instants, chance, errors."""
