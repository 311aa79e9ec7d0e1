"""Who answers for what, where (责任主体): parties, responsibilities, collaboration models. It opens no case."""
