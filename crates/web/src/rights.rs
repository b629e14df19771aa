//! Derives who may call a route from its handler's arguments: the description's `security` comes from the extractor
//! that checks the caller, so the description and the check cannot differ.

use utoipa::openapi::PathItem;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::UtoipaMethodRouter;

/// The right that a caller needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// The security scheme in the description.
    pub scheme: &'static str,
    /// The scheme of the same credential in a cookie.
    pub cookie: Option<&'static str>,
    /// The required permission; `None` allows every caller that the scheme authenticates.
    pub name: Option<&'static str>,
    /// Another scheme that is as good.
    pub or: Option<&'static str>,
}

/// An argument of a handler.
pub trait Argument {
    /// The right that it checks.
    const RIGHT: Option<Right> = None;
}

/// A handler with these arguments.
pub trait Handler<Arguments> {
    /// The right that its arguments check.
    const RIGHT: Option<Right>;
}

macro_rules! handlers {
    ($($argument:ident)*) => {
        impl<F, R, $($argument: Argument),*> Handler<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> R,
        {
            const RIGHT: Option<Right> = {
                let rights: &[Option<Right>] = &[$($argument::RIGHT),*];
                let (mut at, mut found) = (0, None);
                while at < rights.len() {
                    if rights[at].is_some() {
                        found = rights[at];
                    }
                    at += 1;
                }
                found
            };
        }
    };
}

handlers!();
handlers!(A);
handlers!(A B);
handlers!(A B C);
handlers!(A B C D);
handlers!(A B C D E);
handlers!(A B C D E G);
handlers!(A B C D E G H);

impl<T> Argument for axum::extract::State<T> {}
impl<T> Argument for crate::Json<T> {}
impl<T> Argument for crate::Message<T> {}
impl<T> Argument for crate::Path<T> {}
impl<T> Argument for crate::Query<T> {}
impl<T, E> Argument for Result<T, E> {}
impl Argument for crate::IfMatch {}
impl Argument for crate::Remote {}
impl Argument for axum::http::HeaderMap {}
impl Argument for axum::body::Bytes {}
impl Argument for axum::body::Body {}
impl Argument for axum::extract::Request {}

/// A route whose handler checks a right by its arguments; others do not compile.
#[macro_export]
macro_rules! route {
    ($($handler:tt)+) => {
        $crate::rights::closed($($handler)+, utoipa_axum::routes!($($handler)+))
    };
}

/// A public route; a handler that checks a right does not compile.
#[macro_export]
macro_rules! open_route {
    ($($handler:tt)+) => {
        $crate::rights::open($($handler)+, utoipa_axum::routes!($($handler)+))
    };
}

/// See [`route!`](crate::route).
pub fn closed<A, H: Handler<A>, S>(_: H, mut route: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    let right = const {
        match H::RIGHT {
            Some(right) => right,
            None => panic!("no argument of this handler checks the caller; add an actor, or use open_route!"),
        }
    };
    let mut security = vec![SecurityRequirement::new(right.scheme, right.name)];
    security.extend(right.cookie.map(|scheme| SecurityRequirement::new(scheme, right.name)));
    security.extend(right.or.map(|scheme| SecurityRequirement::new(scheme, None::<&str>)));
    for operation in route.1.paths.values_mut().flat_map(operations) {
        operation.security = Some(security.clone());
    }
    route
}

/// See [`open_route!`](crate::open_route).
pub fn open<A, H: Handler<A>, S>(_: H, route: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    const { assert!(H::RIGHT.is_none(), "an argument of this handler checks the caller; use route!") };
    route
}

/// Every operation of a path.
pub(crate) fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, patch, delete, .. } = path;
    [get, put, post, patch, delete].into_iter().flatten()
}
