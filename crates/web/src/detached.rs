//! Runs work independently of the request that starts it. When a client hangs up, its request is dropped, with its
//! permits and all steps that have not begun.
//!
//! Guarantees that the work completes with everything it owns: permits stay in use until then, and waiters are notified
//! of its commits.

use crate::Language;

/// Runs `work` as its own task, in the language of the request, and waits for it.
pub async fn detached<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(Language::of_request().within(work)).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            // A panic reaches the request.
            Ok(panic) => std::panic::resume_unwind(panic),
            // The task is never cancelled: the runtime is shutting down.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_continues_after_its_request_is_dropped() {
        let (release, released) = oneshot::channel::<()>();
        let (finish, finished) = oneshot::channel();
        let (start, started) = oneshot::channel();
        let request = tokio::spawn(detached(async {
            start.send(()).unwrap();
            released.await.unwrap();
            finish.send("all of it").unwrap();
        }));
        started.await.unwrap();
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        release.send(()).unwrap();
        assert_eq!(finished.await, Ok("all of it"));
    }

    #[tokio::test]
    async fn a_panic_reaches_the_request() {
        let request = tokio::spawn(detached(async { assert_eq!(1, 2, "on purpose") }));
        assert!(request.await.unwrap_err().is_panic());
    }
}
