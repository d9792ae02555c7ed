"""Files with the returns of many contracts: reading them, checking them as a stream, and giving them back marked."""
