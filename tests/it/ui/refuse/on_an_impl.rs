use behavior_trace::behavior_trace;

struct User;

#[behavior_trace(action = "user.update", resource = "User")]
impl User {
    fn update(&self) {}
}

fn main() {}
