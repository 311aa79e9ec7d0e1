"""Management levels (管理等级) given to the cells of an area, or to those that are drawn or named."""
