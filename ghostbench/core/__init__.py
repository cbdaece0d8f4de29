"""The words of ghostbench: values, protocols, errors. Standard library and msgspec only."""
