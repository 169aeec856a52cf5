use behavior_trace::behavior_trace;

trait Store {
    type Answer;

    fn save(&self) -> Self::Answer;

    #[behavior_trace(action = "user.update", resource = "User")]
    fn update(&self) -> Self::Answer {
        self.save()
    }

    #[behavior_trace(action = "user.update", resource = "User")]
    async fn update_later(&self) -> Self::Answer {
        self.save()
    }
}

fn main() {}
