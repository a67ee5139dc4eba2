"""The site's files as models: the site, its locations and its devices."""
