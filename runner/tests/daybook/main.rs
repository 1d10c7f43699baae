//! The program from outside: the binary as a process, and the server inside of this one.

#[cfg(test)]
mod anchors;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod beside;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod exposition;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod http;
#[cfg(test)]
mod import;
#[cfg(test)]
mod inside;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod life;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod old_server;
#[cfg(test)]
mod process;
#[cfg(test)]
mod smtp;
#[cfg(test)]
mod timers;
