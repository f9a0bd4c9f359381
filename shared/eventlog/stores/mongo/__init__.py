"""The stores on MongoDB. No other package imports its driver."""

from eventlog.stores.mongo.client import Driver, MongoClient, translating_errors
from eventlog.stores.mongo.store import MongoStore

__all__ = ["Driver", "MongoClient", "MongoStore", "translating_errors"]
