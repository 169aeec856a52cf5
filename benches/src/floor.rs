//! The lower bound of the cost: reading the time, copying the texts, and handing them over.

use std::hint::black_box;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use behavior_trace::Timestamp;

use crate::cost::{Figure, Measure};
use crate::event::{
    ACTION, ACTOR_TYPE, CORRELATION_ID, IP_ADDRESS, REASON, REQUEST_ID, RESOURCE, ROUTE_NAME,
    USER_AGENT,
};

type Buffer = Arc<Mutex<Vec<u8>>>;

static BUFFERS: Mutex<Vec<Buffer>> = Mutex::new(Vec::new());

thread_local! {
    static OWN: Buffer = {
        let buffer = Buffer::default();
        BUFFERS.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&buffer));
        buffer
    };
}

/// Measures writes to a thread-local buffer, which another thread swaps out every 10 ms and reads.
pub(crate) fn floor(measure: Measure) -> Vec<Figure> {
    thread::spawn(swap);
    measure.of(|work| work(), event)
}

fn swap() {
    let mut spare = Vec::new();
    loop {
        thread::sleep(Duration::from_millis(10));
        for buffer in &*BUFFERS.lock().unwrap_or_else(PoisonError::into_inner) {
            let mut buffer = buffer.lock().unwrap_or_else(PoisonError::into_inner);
            spare = mem::replace(&mut *buffer, mem::take(&mut spare));
            drop(buffer);
            // A consumer reads the events. That costs the writing thread something, because the memory is then in another
            // core's cache.
            black_box(spare.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)));
            spare.clear();
        }
    }
}

fn event(id: u64) {
    OWN.with(|own| {
        let Ok(mut own) = own.try_lock() else { return };
        own.extend_from_slice(&Timestamp::now().as_micros().to_le_bytes());
        own.extend_from_slice(&black_box(id).to_le_bytes());
        for text in black_box([
            ACTION,
            RESOURCE,
            REASON,
            ACTOR_TYPE,
            REQUEST_ID,
            CORRELATION_ID,
            ROUTE_NAME,
            IP_ADDRESS,
            USER_AGENT,
        ]) {
            own.extend_from_slice(&text.len().to_le_bytes());
            own.extend_from_slice(text.as_bytes());
        }
    });
}
