use behavior_trace::behavior_trace;

struct Users;

impl Users {
    const RESOURCE: &'static str = "User";

    #[behavior_trace(action = "user.update", resource = Self::RESOURCE)]
    fn update(&self) -> Result<u64, String> {
        Ok(1)
    }
}

trait Store {
    const RESOURCE: &'static str;

    #[behavior_trace(action = "user.update", resource = Self::RESOURCE)]
    fn update(&self) -> Result<u64, String> {
        Ok(1)
    }
}

struct Holder<T>(T);

impl<T: Store> Holder<T> {
    #[behavior_trace(action = "user.update", resource = T::RESOURCE)]
    fn update(&self) -> Result<u64, String> {
        Ok(1)
    }

    #[behavior_trace(action = "user.update", resource = <T as Store>::RESOURCE)]
    fn other(&self) -> Result<u64, String> {
        Ok(1)
    }
}

fn main() {}
