//! Real MySQL and MariaDB servers for the tests, provisioned and started privately.
