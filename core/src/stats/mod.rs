//! Numbers in, numbers out: metrics, intervals, tests, drift. No I/O.
