"""From a form of a page to a command of a service, and back to the page with what came of it."""
