//! `ActorLayer` beside the crates that authenticate a request.

#[cfg(test)]
mod login;
#[cfg(test)]
mod order;
#[cfg(test)]
mod service;
#[cfg(test)]
mod token;
