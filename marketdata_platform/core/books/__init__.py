"""A local order book and the rows that it comes from. Which venue chains how is said in venues."""
