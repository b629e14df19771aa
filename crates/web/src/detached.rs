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
        Err(ended) => match ended.try_into_panic() {
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
        let (go, wait) = oneshot::channel::<()>();
        let (ended, end) = oneshot::channel();
        let (began, begun) = oneshot::channel();
        let request = tokio::spawn(detached(async {
            began.send(()).unwrap();
            wait.await.unwrap();
            ended.send("all of it").unwrap();
        }));
        begun.await.unwrap();
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        go.send(()).unwrap();
        assert_eq!(end.await, Ok("all of it"));
    }

    #[tokio::test]
    async fn a_panic_reaches_the_request() {
        let request = tokio::spawn(detached(async { assert_eq!(1, 2, "on purpose") }));
        assert!(request.await.unwrap_err().is_panic());
    }
}
