"""ELBv2 for LocalStack's community core, answered by moto-ext."""
