//! Functions that are exempt: they are as they were written, record nothing and are in no catalogue.

use std::convert::Infallible;
use std::future::ready;

use behavior_trace::behavior_trace;
use behavior_trace_core::catalogue;

use super::collected::events;

macro_rules! exempt_with {
    ($why:expr) => {
        #[behavior_trace(exempt = $why)]
        fn exempt_by_a_macro() -> u8 {
            3
        }
    };
}

exempt_with!("its reason comes from a macro");

/// A `const fn`, and a caller's location, which no recorded function may have.
#[behavior_trace(exempt = "it changes nothing that is stored")]
#[track_caller]
const fn line_of_the_caller() -> u32 {
    std::panic::Location::caller().line()
}

trait Cache<K> {
    #[behavior_trace(exempt = "a cache is no business record")]
    fn update(&mut self, key: K) -> Option<K>;

    #[behavior_trace(exempt = "a cache is no business record")]
    async fn update_later(&mut self, key: K) -> Option<K> {
        ready(()).await;
        self.update(key)
    }
}

#[derive(Default)]
struct Last<K>(Option<K>);

impl<K: Clone> Cache<K> for Last<K> {
    #[behavior_trace(exempt = r"a cache is no business record")]
    fn update(&mut self, key: K) -> Option<K> {
        self.0.replace(key)
    }
}

impl<K> Last<K> {
    #[behavior_trace(exempt = "the answer decides, and `Option` needs no `on`")]
    pub(crate) fn take<'k>(&mut self, _like: &'k K) -> Option<K>
    where
        K: 'k,
    {
        self.0.take()
    }

    #[behavior_trace(exempt = "a future that ends later")]
    async fn get<E: From<Infallible>>(&self) -> Result<&K, Option<E>> {
        ready(()).await;
        self.0.as_ref().ok_or(None)
    }
}

#[test]
fn an_exempt_function_does_what_it_did_and_records_nothing() {
    let (mut last, mut taken) = (Last(Some(1)), None);
    let recorded = events(|| {
        assert_eq!(last.update(2), Some(1));
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(async {
            assert_eq!(last.update_later(3).await, Some(2));
            let got: Result<_, Option<Infallible>> = last.get().await;
            assert_eq!(got.ok(), Some(&3));
        });
        taken = last.take(&0);
        assert_eq!(exempt_by_a_macro(), 3);
    });
    assert_eq!((taken, recorded), (Some(3), Vec::new()));
}

#[test]
fn an_exempt_function_keeps_its_qualifiers_and_its_attributes() {
    const LINE: u32 = line_of_the_caller();
    assert_eq!(LINE, line!() - 1);
    assert_eq!(line_of_the_caller(), line!());
}

#[test]
fn an_exempt_function_is_in_no_catalogue() {
    let here = |callsite: &&behavior_trace_core::Callsite| callsite.file().ends_with("exempt.rs");
    assert_eq!(catalogue().into_iter().filter(here).count(), 0);
}
