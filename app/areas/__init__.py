"""Areas and cells, edition by edition (区域、单元网格): loading, laying the grid, finding a place's cell."""
