//! svc-review from the outside: HTTP in; HTTP, rows and messages out.

mod golden;
