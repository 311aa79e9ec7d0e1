"""Plain pages (工作台): sign-in, the work of today, one case; rendered on the server, in Chinese and English."""
