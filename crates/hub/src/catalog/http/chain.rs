//! Endpoints of products, categories, charges, tenders, menus and customers: the same handlers for each. The lists of
//! products and customers are in modules of their own, because they can be searched.

use axum::extract::State;
use axum::response::Response;
use web::reply::Done;
use web::{ApiError, IfMatch, Json, List, Path, Query, Success};

use super::super::shapes::shapes;
use super::super::{category, charge, customer, menu, product, tender};
use super::{Body, ListQuery};
use crate::catalog::head_office::HeadOffice;
use crate::staff::{Admin, User};

shapes!(product::KIND, NewProduct = of_new, ProductChange = of_change, Product = of_shown);
shapes!(category::KIND, NewCategory = of_new, CategoryChange = of_change, Category = of_shown);
shapes!(charge::KIND, NewCharge = of_new, ChargeChange = of_change, Charge = of_shown);
shapes!(tender::KIND, NewTender = of_new, TenderChange = of_change, Tender = of_shown);
shapes!(menu::KIND, NewMenu = of_new, MenuChange = of_change, Menu = of_shown);
shapes!(customer::KIND, NewCustomer = of_new, CustomerChange = of_change, Customer = of_shown);

macro_rules! handlers {
    (
        $module:ident, $kind:expr, $new:ident, $change:ident, $shown:ident, $path:literal, $path_of_one:literal,
        $one:literal, $refused:literal, $in_use:literal
    ) => {
        pub(crate) mod $module {
            use super::*;

            #[utoipa::path(
                                post,
                                path = $path,
                                tag = "head office",
                                operation_id = concat!("hq_create_", $one),
                                summary = concat!("Creates a ", $one, " for all outlets."),
                                request_body = $new,
                                responses(
                                    (status = 201, description = "Created", body = Success<$shown>),
                                    (status = 400, description = "`malformed_json`"),
                                    (status = 401, description = "`unauthorized`: log in first"),
                                    (status = 403, description = "`forbidden`: not an admin"),
                                    (status = 409, description = "`id_taken`"),
                                    (status = 422, description = $refused),
                                ),
                            )]
            pub(crate) async fn create(
                admin: Admin,
                State(state): State<HeadOffice>,
                Json(body): Json<Body>,
            ) -> Result<Response, ApiError> {
                super::super::create(&state, admin, &$kind, String::new(), body).await
            }

            #[utoipa::path(
                                get,
                                path = $path_of_one,
                                tag = "head office",
                                operation_id = concat!("hq_get_", $one),
                                summary = concat!("One ", $one, "."),
                                params(("id" = String, Path)),
                                responses(
                                    (status = 200, description = "The current version", body = Success<$shown>),
                                    (status = 401, description = "`unauthorized`: log in first"),
                                    (status = 404, description = "`not_found`: never existed, or deleted"),
                                ),
                            )]
            pub(crate) async fn get(
                _: User,
                State(state): State<HeadOffice>,
                Path(id): Path<String>,
            ) -> Result<Success<Body>, ApiError> {
                super::super::get(&state, &$kind, String::new(), id).await
            }

            #[utoipa::path(
                                patch,
                                path = $path_of_one,
                                tag = "head office",
                                operation_id = concat!("hq_change_", $one),
                                summary = concat!("Changes a ", $one, ". Missing fields are unchanged, null clears a field."),
                                params(
                                    ("id" = String, Path),
                                    ("If-Match" = Option<String>, Header, description = "The `version` that was read"),
                                ),
                                request_body = $change,
                                responses(
                                    (status = 200, description = "The new version", body = Success<$shown>),
                                    (status = 400, description = "`malformed_json`, `invalid_if_match`"),
                                    (status = 401, description = "`unauthorized`: log in first"),
                                    (status = 403, description = "`forbidden`: not an admin"),
                                    (status = 404, description = "`not_found`: never existed, or deleted"),
                                    (status = 412, description = "`version_mismatch`"),
                                    (status = 422, description = $refused),
                                ),
                            )]
            pub(crate) async fn change(
                admin: Admin,
                State(state): State<HeadOffice>,
                Path(id): Path<String>,
                IfMatch(version): IfMatch,
                Json(body): Json<Body>,
            ) -> Result<Success<Body>, ApiError> {
                super::super::patch(&state, admin, &$kind, (String::new(), id), version, body).await
            }

            #[utoipa::path(
                                delete,
                                path = $path_of_one,
                                tag = "head office",
                                operation_id = concat!("hq_delete_", $one),
                                summary = concat!("Deletes a ", $one, " at all outlets."),
                                params(
                                    ("id" = String, Path),
                                    ("If-Match" = Option<String>, Header, description = "The `version` that was read"),
                                ),
                                responses(
                                    (status = 200, description = "Deleted", body = Done),
                                    (status = 400, description = "`invalid_if_match`"),
                                    (status = 401, description = "`unauthorized`: log in first"),
                                    (status = 403, description = "`forbidden`: not an admin"),
                                    (status = 404, description = "`not_found`: never existed, or deleted"),
                                    (status = 409, description = $in_use),
                                    (status = 412, description = "`version_mismatch`"),
                                ),
                            )]
            pub(crate) async fn delete(
                admin: Admin,
                State(state): State<HeadOffice>,
                Path(id): Path<String>,
                IfMatch(version): IfMatch,
            ) -> Result<Done, ApiError> {
                super::super::delete(&state, admin, &$kind, (String::new(), id), version).await
            }
        }
    };
}

macro_rules! lists {
    ($($list:ident, $kind:expr, $shown:ident, $path:literal, $many:literal;)+) => {$(
        #[utoipa::path(
                                get,
                                path = $path,
                                tag = "head office",
                                operation_id = concat!("hq_list_", $many),
                                summary = concat!("The chain's ", $many, ", by id."),
                                params(ListQuery),
                                responses(
                                    (status = 200, description = "A page", body = List<$shown>),
                                    (status = 400, description = "`invalid_cursor`"),
                                    (status = 422, description = "`invalid_query`"),
                                    (status = 401, description = "`unauthorized`: log in first"),
                                ),
                            )]
        pub(crate) async fn $list(
            _: User,
            State(state): State<HeadOffice>,
            Query(page): Query<ListQuery>,
        ) -> Result<List<Body>, ApiError> {
            super::list(&state, &$kind, String::new(), page).await
        }
    )+};
}

lists!(
    list_categories, category::KIND, Category, "/v1/hq/categories", "categories";
    list_charges, charge::KIND, Charge, "/v1/hq/charges", "charges";
    list_tenders, tender::KIND, Tender, "/v1/hq/tenders", "tenders";
    list_menus, menu::KIND, Menu, "/v1/hq/menus", "menus";
);
handlers!(
    products,
    product::KIND,
    NewProduct,
    ProductChange,
    Product,
    "/v1/hq/products",
    "/v1/hq/products/{id}",
    "product",
    "`invalid_body`, `invalid_text`, `invalid_price`, `invalid_id`, `invalid_tax_group`, `invalid_station`, \
     `unknown_category`, `invalid_variants`, `invalid_modifier_groups`",
    "None for products"
);
handlers!(
    categories,
    category::KIND,
    NewCategory,
    CategoryChange,
    Category,
    "/v1/hq/categories",
    "/v1/hq/categories/{id}",
    "category",
    "`invalid_body`, `invalid_text`, `invalid_color`",
    "`category_in_use`: products are in it"
);
handlers!(
    charges,
    charge::KIND,
    NewCharge,
    ChargeChange,
    Charge,
    "/v1/hq/charges",
    "/v1/hq/charges/{id}",
    "charge",
    "`invalid_body`, `invalid_text`, `invalid_kind`, `invalid_tax_group`, `invalid_service_base`, `invalid_date`, \
     `invalid_charges`, `too_many_charges`",
    "None for charges"
);
handlers!(
    tenders,
    tender::KIND,
    NewTender,
    TenderChange,
    Tender,
    "/v1/hq/tenders",
    "/v1/hq/tenders/{id}",
    "tender",
    "`invalid_body`, `invalid_text`, `invalid_method`, `invalid_special`, `invalid_position`",
    "None for tenders"
);
handlers!(
    menus,
    menu::KIND,
    NewMenu,
    MenuChange,
    Menu,
    "/v1/hq/menus",
    "/v1/hq/menus/{id}",
    "menu",
    "`invalid_body`, `invalid_text`, `invalid_menu`, `invalid_order_type`, `invalid_date`, `invalid_id`, `unknown_channel`",
    "None for menus"
);
handlers!(
    customers,
    customer::KIND,
    NewCustomer,
    CustomerChange,
    Customer,
    "/v1/hq/customers",
    "/v1/hq/customers/{id}",
    "customer",
    "`invalid_body`, `invalid_text`",
    "None for customers"
);
