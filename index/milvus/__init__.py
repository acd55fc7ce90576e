"""A collection on Milvus, which spreads it over machines. Nothing here is imported unless an address names it."""
