// What the example of a shutdown needs of that crate, so that the guide compiles without it.

mod tokio_util {
    pub mod task {
        #[derive(Clone, Default)]
        pub struct TaskTracker;
        impl TaskTracker {
            pub fn new() -> Self {
                Self
            }
            pub fn spawn<F>(&self, task: F) -> tokio::task::JoinHandle<F::Output>
            where
                F: Future<Output: Send> + Send + 'static,
            {
                tokio::spawn(task)
            }
            pub fn close(&self) -> bool {
                true
            }
            pub async fn wait(&self) {}
        }
    }
}
