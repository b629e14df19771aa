//! A document of each kind, from a café in Ubud.

use domain::{ChargeKind, Method, MovementKind, OrderType, ReportKind};
use paper::{
    CashMovement, ChargeLine, LocalTime, NamedAmount, PaymentLine, Receipt, ReceiptKind, ReceiptLine, ReceiptModifier,
    RefundOf, Seller, ShiftCash, ShiftPaper, ShiftSales, ShiftTender, TestPage, Ticket, TicketKind, TicketLine,
};

fn at(time: &str) -> LocalTime {
    LocalTime { at: format!("2026-11-30T{time}").parse().unwrap(), zone: "WITA".to_owned() }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn seller() -> Seller {
    Seller {
        name: "Kopi Dari Sini Ubud".to_owned(),
        legal_name: some("PT Kopi Dari Sini Indonesia"),
        address: some("Jl. Raya Ubud No. 8\nGianyar, Bali 80571"),
        phone: some("0361-555-0188"),
        tax_number: some("0812345678901000"),
        branch_tax_number: some("0812345678901000000003"),
        regional_tax_number: some("P.2.0012345.07.03"),
        footer: some("Terima kasih, sampai jumpa lagi!\nWi-Fi: kopi dari sini"),
    }
}

pub fn receipt() -> Receipt {
    Receipt {
        kind: ReceiptKind::Sale,
        seller: seller(),
        number: "UBD-20261130-0042".to_owned(),
        time: at("19:05:12"),
        cashier: some("Wayan"),
        guest: some("Bu Ketut"),
        table: some("Teras 4"),
        queue_no: None,
        pax: Some(2),
        order_type: Some(OrderType::DineIn),
        channel: None,
        lines: vec![
            ReceiptLine {
                name: "Nasi Campur Bali".to_owned(),
                qty: 2,
                qty_scale: 0,
                unit: None,
                price: Some(38_000),
                amount: 76_000,
                modifiers: Vec::new(),
            },
            ReceiptLine {
                name: "Caffè Latte (Besar)".to_owned(),
                qty: 1,
                qty_scale: 0,
                unit: None,
                price: Some(35_000),
                amount: 35_000,
                modifiers: vec![
                    ReceiptModifier { name: "Susu oat".to_owned(), qty: 1 },
                    ReceiptModifier { name: "Shot espresso".to_owned(), qty: 2 },
                ],
            },
            ReceiptLine {
                name: "Biji kopi Kintamani, sangrai sedang, giling sesuai permintaan".to_owned(),
                qty: 250,
                qty_scale: 3,
                unit: Some("kg".to_owned()),
                price: Some(320_000),
                amount: 80_000,
                modifiers: Vec::new(),
            },
        ],
        subtotal: 191_000,
        discounts: vec![NamedAmount {
            name: some("Diskon member"),
            rate_bp: Some(1_000),
            amount: 19_100,
            ..NamedAmount::default()
        }],
        charges: vec![
            ChargeLine {
                name: "Service".to_owned(),
                kind: Some(ChargeKind::Service),
                rate_bp: 500,
                base: 171_900,
                amount: 8_595,
                inclusive: false,
            },
            ChargeLine {
                name: "PB1".to_owned(),
                kind: Some(ChargeKind::Tax),
                rate_bp: 1_000,
                base: 180_495,
                amount: 18_050,
                inclusive: false,
            },
            ChargeLine {
                name: "PPN".to_owned(),
                kind: Some(ChargeKind::Tax),
                rate_bp: 1_200,
                base: 66_066,
                amount: 7_928,
                inclusive: true,
            },
        ],
        surplus: 0,
        rounding: -45,
        total: 198_500,
        payments: vec![
            PaymentLine {
                name: some("QRIS BCA"),
                method: Some(Method::Qris),
                tendered: 98_500,
                change: 0,
                reference: some("A1B2C3"),
                unconfirmed: true,
            },
            PaymentLine {
                name: None,
                method: Some(Method::Cash),
                tendered: 150_000,
                change: 50_000,
                reference: None,
                unconfirmed: false,
            },
        ],
        due: 0,
        refunded: 0,
        link: some("http://192.168.1.5:8080/r/8pJ2kq0v7mWwzYt3Xn5bAg"),
    }
}

/// An order of a delivery platform, which is called by its number.
pub fn delivery() -> Receipt {
    Receipt {
        guest: None,
        table: None,
        queue_no: Some(17),
        pax: None,
        order_type: Some(OrderType::Delivery),
        channel: some("GoFood"),
        link: None,
        ..receipt()
    }
}

/// An order of which one line is free.
pub fn compliment() -> Receipt {
    Receipt {
        discounts: vec![NamedAmount {
            line: some("Caffè Latte (Besar)"),
            compliment: true,
            amount: 35_000,
            ..NamedAmount::default()
        }],
        charges: vec![ChargeLine {
            name: "PB1".to_owned(),
            kind: Some(ChargeKind::Tax),
            rate_bp: 1_000,
            base: 156_000,
            amount: 15_600,
            inclusive: false,
        }],
        rounding: 0,
        total: 171_600,
        payments: vec![PaymentLine {
            name: some("Debit BCA"),
            method: Some(Method::Card),
            tendered: 171_600,
            change: 0,
            reference: None,
            unconfirmed: false,
        }],
        link: None,
        ..receipt()
    }
}

pub fn void_order() -> Receipt {
    Receipt { kind: ReceiptKind::Void, rounding: 0, total: 198_545, payments: Vec::new(), link: None, ..receipt() }
}

pub fn bill() -> Receipt {
    Receipt {
        kind: ReceiptKind::Bill,
        payments: vec![PaymentLine {
            name: None,
            method: Some(Method::Cash),
            tendered: 100_000,
            change: 0,
            reference: None,
            unconfirmed: false,
        }],
        rounding: 0,
        total: 198_545,
        due: 98_545,
        link: None,
        ..receipt()
    }
}

pub fn refund() -> Receipt {
    Receipt {
        kind: ReceiptKind::Refund(RefundOf {
            order_number: "UBD-20261130-0042".to_owned(),
            reason: "Kopi tumpah".to_owned(),
        }),
        number: "UBD-20261130-R0001".to_owned(),
        lines: vec![ReceiptLine {
            name: "Caffè Latte (Besar)".to_owned(),
            qty: 1,
            qty_scale: 0,
            unit: None,
            price: None,
            amount: 35_000,
            modifiers: Vec::new(),
        }],
        subtotal: 35_000,
        discounts: vec![NamedAmount { amount: 3_500, ..NamedAmount::default() }],
        charges: vec![ChargeLine {
            name: "PB1".to_owned(),
            kind: Some(ChargeKind::Tax),
            rate_bp: 1_000,
            base: 31_500,
            amount: 3_150,
            inclusive: false,
        }],
        rounding: 50,
        total: 34_700,
        payments: vec![PaymentLine {
            name: None,
            method: Some(Method::Cash),
            tendered: 34_700,
            change: 0,
            reference: None,
            unconfirmed: false,
        }],
        pax: None,
        link: None,
        ..receipt()
    }
}

pub fn ticket() -> Ticket {
    Ticket {
        kind: TicketKind::Addition,
        station: "Dapur".to_owned(),
        order_number: "UBD-20261130-0042".to_owned(),
        table: some("Teras 4"),
        queue_no: None,
        from_table: None,
        guest: some("Bu Ketut"),
        pax: Some(2),
        order_type: Some(OrderType::DineIn),
        channel: None,
        time: at("18:40:00"),
        by: some("Made"),
        lines: vec![
            TicketLine {
                name: "Nasi Campur Bali".to_owned(),
                qty: 2,
                qty_scale: 0,
                unit: None,
                modifiers: vec![ReceiptModifier { name: "Sambal matah".to_owned(), qty: 1 }],
                note: some("tanpa kacang, alergi"),
            },
            TicketLine {
                name: "Ikan bakar".to_owned(),
                qty: 1_250,
                qty_scale: 3,
                unit: Some("kg".to_owned()),
                modifiers: Vec::new(),
                note: None,
            },
        ],
        note: some("Keluarkan bersama"),
    }
}

pub fn new_ticket() -> Ticket {
    Ticket {
        kind: TicketKind::New,
        table: None,
        queue_no: Some(17),
        pax: None,
        order_type: Some(OrderType::Delivery),
        channel: some("GoFood"),
        ..ticket()
    }
}

pub fn void_ticket() -> Ticket {
    Ticket { kind: TicketKind::Void, lines: ticket().lines.split_off(1), note: None, ..ticket() }
}

pub fn moved_ticket() -> Ticket {
    Ticket { kind: TicketKind::Moved, from_table: some("2"), ..ticket() }
}

/// A ticket of an order that got another note.
pub fn changed_ticket() -> Ticket {
    Ticket { kind: TicketKind::Changed, note: some("ALERGI UDANG"), ..ticket() }
}

pub fn z_report() -> ShiftPaper {
    ShiftPaper {
        kind: ReportKind::Z,
        seller: seller(),
        number: "0031".to_owned(),
        drawer: "Laci depan".to_owned(),
        opened_by: some("Wayan"),
        opened_at: Some(at("08:00:00")),
        closed_by: some("Wayan"),
        closed_at: Some(at("22:10:00")),
        printed_at: at("22:11:00"),
        sales: Some(ShiftSales {
            orders: 84,
            subtotal: 8_120_000,
            discount: 212_000,
            service: 395_400,
            tax: 830_340,
            tax_included: 79_200,
            rounding: -740,
            total: 9_133_000,
        }),
        deposits_taken: 100_000,
        deposits_used: 50_000,
        refunds: 2,
        refunded: 63_500,
        tenders: vec![
            ShiftTender {
                name: None,
                method: Some(Method::Cash),
                payments: 4_100_000,
                refunds: 34_700,
                unconfirmed: 0,
            },
            ShiftTender {
                name: some("QRIS BCA"),
                method: Some(Method::Qris),
                payments: 5_083_000,
                refunds: 28_800,
                unconfirmed: 98_500,
            },
        ],
        cash: Some(ShiftCash {
            opening: 500_000,
            payments: 4_100_000,
            refunds: 34_700,
            paid_in: 200_000,
            paid_out: 75_000,
            dropped: 3_000_000,
            expected: 1_690_300,
        }),
        counted: Some(1_685_000),
        left_in_drawer: Some(500_000),
        note: some("Selisih dilaporkan ke manajer"),
    }
}

pub fn x_report() -> ShiftPaper {
    ShiftPaper {
        kind: ReportKind::X,
        closed_by: None,
        closed_at: None,
        sales: None,
        tenders: z_report().tenders.split_off(1),
        cash: None,
        counted: None,
        left_in_drawer: None,
        note: None,
        ..z_report()
    }
}

pub fn cash_movement() -> CashMovement {
    CashMovement {
        seller: seller(),
        shift_number: "0031".to_owned(),
        drawer: "Laci depan".to_owned(),
        kind: Some(MovementKind::Out),
        amount: 75_000,
        reason: some("Beli es batu"),
        by: some("Wayan"),
        approved_by: some("Ibu Sri"),
        time: at("14:30:00"),
    }
}

pub fn cash_in() -> CashMovement {
    CashMovement {
        kind: Some(MovementKind::In),
        amount: 200_000,
        reason: some("Uang kecil"),
        approved_by: None,
        ..cash_movement()
    }
}

pub fn cash_drop() -> CashMovement {
    CashMovement {
        kind: Some(MovementKind::Drop),
        amount: 3_000_000,
        reason: None,
        approved_by: None,
        ..cash_movement()
    }
}

pub fn test_page() -> TestPage {
    TestPage { printer: "Printer kasir".to_owned(), address: "192.168.1.50:9100".to_owned(), time: at("09:00:00") }
}
