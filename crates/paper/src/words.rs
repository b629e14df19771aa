//! The words on paper, in both languages. They are beside the layout, because their length decides it.

use domain::Method;
use serde::{Deserialize, Serialize};

/// The language of a paper.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// Indonesian.
    #[default]
    #[serde(rename = "id")]
    Indonesian,
    /// English.
    #[serde(rename = "en")]
    English,
}

macro_rules! words {
    ($($word:ident: $id:literal, $en:literal;)+) => {
        /// The words of a language.
        pub(crate) struct Words {
            $(pub $word: &'static str,)+
        }

        const ID: Words = Words { $($word: $id,)+ };
        const EN: Words = Words { $($word: $en,)+ };
    };
}

words! {
    addition: "TAMBAHAN", "ADDITION";
    address: "Alamat", "Address";
    approved_by: "Disetujui", "Approved by";
    base: "Dasar pengenaan", "Tax base";
    branch_tax_number: "NITKU", "Branch tax no. (NITKU)";
    by: "Oleh", "By";
    cash: "KAS", "CASH";
    cash_drop: "SETOR KE BRANKAS", "CASH TO THE SAFE";
    cash_in: "KAS MASUK", "CASH IN";
    cash_out: "KAS KELUAR", "CASH OUT";
    cash_payments: "Penjualan tunai", "Cash sales";
    cashier: "Kasir", "Cashier";
    change: "Kembali", "Change";
    changed: "BERUBAH", "CHANGED";
    closed: "Ditutup", "Closed";
    compliment: "Gratis", "Compliment";
    copy: "SALINAN", "COPY";
    counted: "Dihitung", "Counted";
    delivery: "Antar", "Delivery";
    deposits_taken: "Uang muka diterima", "Deposits taken";
    deposits_used: "Uang muka dipakai", "Deposits used";
    difference: "Selisih", "Difference";
    digital: "Struk digital: pindai", "Digital receipt: scan";
    dine_in: "Makan di tempat", "Dine in";
    discount: "Diskon", "Discount";
    drawer: "Laci", "Drawer";
    dropped: "Setor ke brankas", "To the safe";
    due: "Sisa tagihan", "Still to pay";
    expected: "Seharusnya", "Expected";
    from_table: "Dari meja", "From table";
    guest: "Nama", "Name";
    hidden: "Penjualan dan kas tampil setelah kas dihitung", "Sales and cash are shown after the count";
    included: "Termasuk", "Includes";
    left_in_drawer: "Ditinggal di laci", "Left in drawer";
    moved: "PINDAH MEJA", "MOVED TO ANOTHER TABLE";
    movement: "Mutasi kas", "Cash movement";
    new: "PESANAN", "ORDER";
    of_order: "Pesanan", "Order";
    not_paid: "TAGIHAN - BELUM DIBAYAR", "BILL - NOT PAID";
    note: "Catatan", "Note";
    number: "No.", "No.";
    opened: "Dibuka", "Opened";
    opening: "Kas awal", "Opening cash";
    orders: "Jumlah pesanan", "Orders";
    paid_in: "Kas masuk", "Cash in";
    paid_out: "Kas keluar", "Cash out";
    paper: "Kertas", "Paper";
    pax: "Tamu", "Guests";
    phone: "Telp.", "Phone";
    printed: "Dicetak", "Printed";
    printer: "Printer", "Printer";
    queue: "Antrean", "Queue";
    reason: "Alasan", "Reason";
    reference: "Ref.", "Ref.";
    refund: "PENGEMBALIAN", "REFUND";
    refund_total: "Dikembalikan", "Given back";
    refunds: "Pengembalian", "Refunds";
    regional_tax_number: "NPWPD", "Regional tax no. (NPWPD)";
    report_x: "LAPORAN X (SEMENTARA)", "X REPORT (SO FAR)";
    report_z: "LAPORAN Z (TUTUP SIF)", "Z REPORT (SHIFT CLOSED)";
    rounding: "Pembulatan", "Rounding";
    sales: "Penjualan", "Sales";
    service: "Layanan", "Service";
    shift: "Sif", "Shift";
    signature: "Tanda tangan", "Signature";
    subtotal: "Subtotal", "Subtotal";
    surplus: "Kelebihan bayar", "Paid too much";
    table: "Meja", "Table";
    take_away: "Bawa pulang", "Take away";
    tax: "Pajak", "Taxes";
    tax_included: "Pajak dalam harga", "Taxes in prices";
    tax_number: "NPWP", "Tax no. (NPWP)";
    method_card: "Kartu", "Card";
    method_cash: "Tunai", "Cash";
    method_ewallet: "Dompet digital", "E-wallet";
    method_other: "Lainnya", "Other";
    method_transfer: "Transfer", "Transfer";
    tenders: "PEMBAYARAN", "PAYMENTS";
    test: "TES CETAK", "TEST PAGE";
    test_width: "Baris ini harus pas selebar kertas:", "This line must be as wide as the paper:";
    time: "Waktu", "Time";
    total: "TOTAL", "TOTAL";
    unconfirmed: "belum dikonfirmasi", "not confirmed";
    void: "BATAL", "VOID";
}

/// On a paper that may have been printed before; both languages, because cooks and cashiers must not miss it.
pub(crate) const POSSIBLE_COPY: &str = "MUNGKIN SALINAN / POSSIBLE COPY";

impl Words {
    /// The name of a tender, or the word for its method.
    pub(crate) fn tender<'a>(&'a self, name: Option<&'a str>, method: Option<Method>) -> &'a str {
        name.unwrap_or(match method {
            Some(Method::Cash) => self.method_cash,
            Some(Method::Qris) => "QRIS",
            Some(Method::Card) => self.method_card,
            Some(Method::Transfer) => self.method_transfer,
            Some(Method::Ewallet) => self.method_ewallet,
            Some(Method::Other) | None => self.method_other,
        })
    }
}

impl Language {
    pub(crate) fn words(self) -> &'static Words {
        match self {
            Language::Indonesian => &ID,
            Language::English => &EN,
        }
    }
}
