use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User")]
fn serve() -> ! {
    loop {}
}

fn main() {}
