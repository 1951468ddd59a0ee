"""The simulated vCenter: vim25 over SOAP, served out of pyVmomi's own registry of types."""
