"""Liquidation levels of perpetual futures: the thin Python layer around the dbt project."""
