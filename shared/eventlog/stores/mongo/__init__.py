"""The stores on MongoDB. No other package imports its driver."""

from eventlog.stores.mongo.store import Driver, MongoClient, MongoStore, SimulatedClock

__all__ = ["Driver", "MongoClient", "MongoStore", "SimulatedClock"]
