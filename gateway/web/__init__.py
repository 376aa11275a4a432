"""HTTP for shops' pages: the built web page, sign-in, the demo shop, health."""
