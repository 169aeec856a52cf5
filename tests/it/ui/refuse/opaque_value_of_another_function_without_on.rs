use behavior_trace::behavior_trace;

fn save() -> impl Sized {
    Err::<u8, u8>(1)
}

#[behavior_trace(action = "user.update", resource = "User")]
fn update() -> impl Sized {
    save()
}

fn main() {}
