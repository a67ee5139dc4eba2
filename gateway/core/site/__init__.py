"""The models of a site's files: the site, its locations and its devices."""
