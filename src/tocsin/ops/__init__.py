"""Operating a Tocsin: who owns the data folder, backup and restore, the doctor, health for probes."""
