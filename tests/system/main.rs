//! The whole system as its users meet it: the real binary, real files, real sockets.
