"""How we speak to PostGIS; knows no table of any other package."""
