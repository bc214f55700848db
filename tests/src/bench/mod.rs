//! `make bench`: how many order commands a second the four services take through HTTP, and beside it how many transactions
//! of the same statements their PostgreSQL takes by itself in the same run. The statements are those that PostgreSQL logs of one
//! order.

pub mod limit;
pub mod load;
pub mod memory;
pub mod prepare;
pub mod recorded;
