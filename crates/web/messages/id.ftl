# Bahasa Indonesia. Setiap pesan di sini ada padanannya di en.ftl, dengan argumen yang sama.
# $field dan $problem adalah isian pertama yang salah; $seconds adalah isi Retry-After.
#
# Bahasanya seperti orang toko bicara: singkat, ramah, langsung ke yang perlu dilakukan ("Silakan coba lagi"). Pakai "kalau",
# "supaya", "minimal" dan "maksimal"; sapaan "Anda" seperlunya. Satu istilah untuk satu hal:
#   outlet = outlet (bukan cabang) | head office, hub = kantor pusat; mesinnya: server kantor pusat | server = server
#   sync = sinkronisasi | queue = antrean | batch = kiriman | entity, item = data | field = isian | row = baris
#   update dari kantor pusat = perubahan | conflict = perbedaan | quarantined = tertahan | discard = buang
#   enroll = daftarkan, kode pendaftaran | key = kunci | revoke = cabut | snapshot = salinan | backup = cadangan
#   restore = pulihkan | upgrade = perbarui | log in = masuk | session = sesi | user = pengguna | role = peran
#   order = pesanan | charge = biaya atau pajak | modifier = tambahan atau pilihan | business day = hari usaha
#   database = basis data | file = berkas | disk = penyimpanan

## Mengapa permintaan ditolak: kalimat utuh yang mengatakan apa yang perlu dilakukan.

malformed_json = Isi permintaan bukan JSON yang benar: { $detail }.
unreadable_body = Isi permintaan tidak sampai utuh. Silakan kirim lagi.
invalid_path = Alamatnya tidak benar: '{ $field }' { $problem }.
invalid_cursor = Penanda halaman ini bukan dari daftar ini. Mulailah lagi dari awal daftar.
invalid_if_match = 'If-Match' harus berisi 'version' yang tadi dibaca, berupa angka.
unauthorized = { $reason ->
        [unknown_key] Kantor pusat tidak mengenal kunci ini. Periksa cloud_api_key outlet, atau ganti kuncinya di kantor pusat.
        [key_revoked] Kantor pusat sudah mencabut kunci outlet ini. Penjualan tetap jalan; minta kode pendaftaran ke kantor pusat dan jalankan 'gerai enroll'.
        [ended] Sesi ini sudah diakhiri. Silakan masuk lagi.
        [token] Tanda masuk tidak berlaku di sini. Silakan masuk lagi.
        [expired] Sesi sudah berakhir. Silakan masuk lagi.
        [clock] Sesi ini dimulai saat jam komputer salah. Silakan masuk lagi.
       *[no_token] Silakan masuk dulu, lalu kirim tanda masuk sebagai 'Authorization: Bearer …'.
    }
forbidden = { $reason ->
        [other_outlet] Kunci ini milik outlet lain. Periksa outlet_id dan cloud_api_key outlet ini.
        [unknown_role] Peran pengguna ini di basis data tidak dikenal, jadi belum punya hak apa pun. Minta admin kantor pusat memperbaikinya.
        [user] Peran Anda belum boleh mengubah ini. Silakan minta bantuan admin.
        [admin_only] Hanya admin kantor pusat yang boleh mengubah ini. Silakan minta bantuannya.
        [station] Tiket ini milik bagian lain. Hanya orang bagian itu, manajer atau admin yang boleh mengubahnya.
       *[role] Peran Anda belum boleh melakukan ini. Silakan minta bantuan manajer atau admin.
    }
origin_not_allowed = { $reason ->
        [cookie] Halaman dari alamat lain tidak boleh memakai sesi browser ini. Halaman itu perlu masuk sendiri, lalu mengirim tanda masuk sebagai 'Authorization: Bearer …'.
       *[origin] Halaman dari situs lain tidak boleh memanggil server ini. Kalau itu halaman Anda, tambahkan alamatnya ke ALLOWED_ORIGINS.
    }
not_found = { $reason ->
        [product] Tidak ada produk dengan id ini.
        [bulk_change] Tidak ada perubahan dengan id ini yang masih bisa diurungkan: batasnya satu hari.
        [product_image] Produk ini belum punya gambar.
        [category] Tidak ada kategori dengan id ini.
        [charge] Tidak ada biaya atau pajak dengan id ini.
        [tender] Tidak ada cara bayar dengan id ini.
        [menu] Tidak ada menu dengan id ini.
        [price] Tidak ada harga dengan id ini.
        [customer] Tidak ada pelanggan dengan id ini.
        [order] Tidak ada pesanan dengan id ini.
        [payment] Tidak ada pembayaran dengan id ini di pesanan ini.
        [shift] Tidak ada sif dengan id ini.
        [line] Tidak ada barang dengan id ini di pesanan ini.
        [discount] Tidak ada diskon dengan id ini di pesanan ini.
        [refund] Tidak ada pengembalian dengan id ini.
        [table] Tidak ada meja dengan id ini.
        [drawer] Tidak ada laci dengan id ini.
        [ticket] Tidak ada tiket dengan id ini. Mungkin umurnya sudah beberapa hari.
        [ticket_line] Tidak ada tiket yang berisi barang dengan id ini. Mungkin umurnya sudah beberapa hari.
        [printer] Tidak ada printer dengan id ini, atau printernya sedang tidak dipakai.
        [print_job] Tidak ada tugas cetak dengan id ini.
        [movement] Tidak ada uang masuk atau keluar dengan id ini di sif ini.
        [receipt] Tidak ada struk di alamat ini.
        [device] Tidak ada perangkat dengan id ini.
        [user] Tidak ada pengguna dengan id ini.
        [username] Tidak ada pengguna '{ $name }'. Lihat semuanya dengan 'gerai user list'.
        [job] Tidak ada tugas dengan id ini. Tugas hilang bila server dimulai ulang; jalankan lagi.
        [conflict] Tidak ada perbedaan data dengan id ini. Lihat semuanya dengan 'gerai sync conflicts --all'.
        [queue_item] Tidak ada data dengan id ini di antrean. Lihat 'gerai sync quarantine' atau konsol, 'Sinkronisasi', 'Gagal'.
        [unapplied] Tidak ada perubahan kantor pusat yang belum diterapkan untuk data ini. Lihat 'gerai sync quarantine'.
        [announcement] Tidak ada pengumuman outlet ini dengan id ini.
        [outlet_user] Tidak ada pengguna outlet ini dengan id ini.
        [outlet_product] Outlet ini tidak punya harga atau ketersediaan sendiri untuk produk ini.
        [setting] Outlet ini belum mengirim pengaturannya. Coba lagi setelah sinkronisasi pertamanya.
        [hub_conflict] Tidak ada outlet yang mengirim perbedaan dengan id ini.
        [quarantined] Outlet tidak melaporkan ini pada kiriman terakhirnya. Lihat 'Data tertahan', 'Tertahan di outlet'.
        [item] Tidak ada data dengan outlet, kiriman, dan nomor ini. Lihat 'Data tertahan'.
        [sale] Tidak ada penjualan dengan outlet, kiriman, dan nomor ini yang menunggu keputusan. Lihat 'Data tertahan'.
        [announced] Tidak ada outlet aktif yang punya pengumuman dengan id ini.
        [outlet] Tidak ada outlet dengan kode atau id { $id }. Lihat semuanya dengan 'gerai hub outlet list'.
        [webhook] Outlet { $id } tidak punya webhook. Pasang dengan --url.
        [hq_user] Tidak ada pengguna kantor pusat dengan id atau nama ini.
        [hub_order] Tidak ada outlet yang mengirim pesanan dengan id ini.
        [hub_refund] Belum ada outlet yang mengirim pengembalian dengan id ini.
        [hub_shift] Tidak ada outlet yang mengirim sif dengan id ini.
        [hub_entity] Kantor pusat tidak punya data ini untuk outlet ini. Kalau seharusnya ada, kirim seluruhnya.
       *[path] Tidak ada apa-apa di alamat ini. Lihat /docs untuk daftar alamat yang ada.
    }
method_not_allowed = Alamat ini tidak menerima metode itu. Lihat /docs untuk metode yang diterima.
body_too_large = Isi permintaan terlalu besar. Kirim sedikit demi sedikit.
unsupported_encoding = { $reason ->
        [batch] Kantor pusat membaca zstd atau JSON biasa. Kirim salah satunya.
       *[plain] Isi permintaan tidak boleh dikompres: hapus 'Content-Encoding'.
    }
unsupported_media_type = { $reason ->
        [image] Isi permintaan harus gambar: kirim 'Content-Type: image/webp', 'image/png', atau 'image/jpeg'.
       *[json] Isi permintaan harus JSON: kirim 'Content-Type: application/json'.
    }
host_not_allowed = Server ini tidak dikenal dengan nama itu. Tambahkan namanya ke ALLOWED_HOSTS (di kantor pusat: HUB_ALLOWED_HOSTS), lalu jalankan ulang server.
invalid_body = Isi permintaan tidak benar: '{ $field }' { $problem }.
invalid_query = Parameter alamat tidak benar: '{ $field }' { $problem }.
invalid_text = '{ $field }' { $problem }.
invalid_id = '{ $field }' { $problem }.
too_many_attempts = Terlalu sering salah { $reason ->
        [password] kata sandi
        [code] kode
       *[pin] PIN
    }. Silakan coba lagi dalam { $seconds } detik.
too_many_streams = Terlalu banyak layar menunggu kabar dari server. Tutup salah satu, lalu coba lagi.
internal_error = Ada kesalahan di dalam server; tidak ada yang berubah. Rinciannya ada di log server, dengan id permintaan ini.
overloaded = { $reason ->
        [log_ins] Terlalu banyak orang masuk bersamaan. Silakan coba sebentar lagi.
        [bodies] Terlalu banyak permintaan besar datang bersamaan. Silakan kirim sebentar lagi.
        [metrics] Angka-angka server dibaca terlalu sering. Silakan coba sebentar lagi.
       *[explorer] Terlalu banyak yang membuka penjelasan API bersamaan. Silakan coba sebentar lagi.
    }
database_busy = { $reason ->
        [contended] Perubahan lain sedang memakai data yang sama. Silakan coba lagi.
        [too_long] Permintaan ini terlalu berat untuk basis data. Minta lebih sedikit, atau coba lagi nanti.
        [behind] Basis data sedang mengejar pekerjaannya. Silakan coba lagi.
       *[file] Program lain sedang mengunci basis data: akhiri transaksinya (apakah sqlite3 masih terbuka?), lalu coba lagi.
    }
disk_full = { $reason ->
        [database] Basis data tidak bisa menyimpan apa-apa sekarang; kosongkan tempat di sana. Nanti jalan lagi sendiri.
        [snapshot] Tidak cukup tempat untuk salinan di server kantor pusat.
        [undone] Penyimpanan penuh atau rusak, dan perubahan dibatalkan; tidak ada yang tersimpan. Periksa penyimpanannya.
       *[full] Penyimpanan penuh; tidak ada yang tersimpan. Kosongkan sebagian, lalu coba lagi.
    }
stopping = Server sedang berhenti. Silakan coba sebentar lagi.
database_replaced = Berkas basis data diganti atau dihapus saat server berjalan, dan tidak ada yang disimpan: { $detail }. Hentikan server, kembalikan berkas yang benar dengan nama semula, lalu jalankan lagi.
invalid_credentials = { $reason ->
        [password] Nama pengguna atau kata sandinya salah.
       *[pin] Nama pengguna atau PIN-nya salah.
    }
invalid_pairing_code = Kode ini salah, sudah dipakai, atau lebih dari lima menit. Minta kode baru ke manajer.
not_paired = Perangkat ini belum terhubung ke outlet. Minta kode penghubung ke manajer.
device_has_sales = Masih ada { $count } penjualan di '{ $name }' yang belum terkirim dan bisa hilang. Sambungkan perangkatnya sampai semua terkirim, atau cabut dengan 'force'.
change_pin_first = PIN pertama hanya berlaku di komputer server. Masuk dulu di sana dan ganti PIN-nya (POST /api/v1/auth/pin), lalu masuk dari sini.
wrong_manager_pin = Itu bukan PIN manajer atau admin.
version_mismatch = Data ini sudah diubah orang lain (versi { $found }, bukan { $wanted }). Muat ulang, lalu ulangi perubahannya.
id_taken = { $reason ->
        [order] Pesanan dengan id ini sudah tersimpan, jadi tidak disimpan lagi. Lihat dengan GET memakai id-nya.
       *[entity] Id ini sudah dipakai ({ $kind }), mungkin oleh data yang sudah dihapus. Lihat datanya, atau pilih id lain.
    }
username_taken = { $reason ->
        [of_outlet] Pengguna aktif lain di outlet ini memakai nama yang tampak sama. Pilih nama lain.
        [looks_alike] Pengguna aktif lain memakai nama '{ $name }' yang tampak sama. Pilih nama lain.
       *[exists] Nama pengguna ini sudah dipakai, mungkin oleh pengguna yang dinonaktifkan. Pilih nama lain.
    }
outlet_code_taken = Sudah ada outlet aktif dengan kode { $code }. Pilih kode lain. Kalau baru saja ditambahkan, buat kode pendaftaran baru untuk outlet itu.
last_admin = { $reason ->
        [outlet] Ini admin aktif outlet yang terakhir. Jadikan orang lain admin dulu.
        [head_office] Ini admin kantor pusat aktif yang terakhir. Jadikan orang lain admin dulu.
       *[here] Ini admin aktif yang terakhir. Jadikan orang lain admin dulu.
    }
category_in_use = Masih ada produk di kategori ini. Pindahkan dulu ke kategori lain.
unknown_category = Tidak ada kategori dengan 'category_id' ini.
unreadable_product = Ada data '{ $product }' yang tidak terbaca ({ $columns }). Perbaiki dulu, lalu coba lagi.
too_many_products = Sekali ubah paling banyak { $most } produk. Ubah kategori demi kategori.
already_undone = Perubahan ini sudah diurungkan sebelumnya.
invalid_color = '{ $field }' { $problem }.
invalid_price = '{ $field }' { $problem }.
invalid_station = '{ $field }' { $problem }.
invalid_tax_group = '{ $field }' { $problem }.
invalid_image = { $reason ->
        [type] Berkas ini bukan gambar WebP, PNG, atau JPEG. Pilih berkas lain.
        [other_type] Jenis berkas ini { $found }. Kirim dengan 'Content-Type' itu.
        [size] Gambar ini { $width } × { $height } piksel, padahal paling besar { $most } × { $most }. Kecilkan dulu.
       *[damaged] Berkas gambar ini rusak atau terpotong. Simpan ulang atau pilih yang lain.
    }
invalid_variants = '{ $field }' { $problem }.
invalid_modifier_groups = '{ $field }' { $problem }.
invalid_kind = '{ $field }' { $problem }.
invalid_view = '{ $field }' { $problem }.
invalid_service_base = '{ $field }' { $problem }.
invalid_date = '{ $field }' { $problem }.
invalid_charges = { $reason ->
        [together] Biaya dan pajak yang berlaku pada { $date } tidak bisa dihitung bersama: { $problem }.
       *[alone] Biaya atau pajak ini tidak bisa dihitung: { $problem }.
    }
too_many_charges = Maksimal { $most } biaya dan pajak bisa aktif. Matikan atau hapus yang lain dulu.
invalid_idempotency_key = 'Idempotency-Key' harus 1 sampai 200 karakter yang tampak; paling baik UUID baru untuk setiap perintah.
idempotency_key_reused = Idempotency-Key ini sudah dipakai untuk permintaan lain atau oleh pengguna lain. Buat kunci baru untuk setiap perintah.
total_changed = Totalnya sekarang { $actual }, bukan { $expected }: ada harga atau biaya yang berubah. Belum ada yang dicatat; tunjukkan total baru sebelum menerima uang.
overpaid = { $reason ->
        [due] Sisa tagihan hanya { $due }. Jangan terima lebih dari itu.
       *[total] Pembayarannya melebihi total pesanan.
    }
order_too_large = { $reason ->
        [payments] Satu pesanan menerima maksimal { $most } pembayaran. Lunasi semua sisanya dengan yang ini.
       *[bytes] Pesanan ini butuh { $bytes } byte, padahal maksimal { $most }. Pecah menjadi beberapa pesanan.
    }
invalid_plan = '{ $field }' { $problem }.
invalid_barcode_patterns = '{ $field }' { $problem }.
unknown_barcode = { $reason ->
        [product] Tidak ada produk dengan kode timbangan { $item }. Isi 'kode timbangan' di produknya.
        [several] Lebih dari satu produk memakai kode timbangan { $item }. Perbaiki 'kode timbangan'-nya.
       *[pattern] '{ $code }' bukan barcode dari timbangan toko ini, atau terbaca salah. Pindai lagi.
    }
invalid_barcode = { $reason ->
        [not_by_weight] '{ $product }' dijual per buah, padahal barcodenya berisi berat. Ubah produknya menjadi 'dijual per berat'.
        [no_price] '{ $product }' belum punya harga per kilogram. Isi dulu.
       *[zero] Barcode '{ $product }' berisi harga atau berat nol. Timbang lagi.
    }
invalid_quantity = '{ $field }' { $problem }.
amount_too_large = { $reason ->
        [record] { $detail }
       *[order] Total pesanan tidak bisa dihitung: ada jumlah yang terlalu besar.
    }
invalid_order = Total pesanan tidak bisa dihitung: { $problem }.
invalid_lines = '{ $field }' { $problem }.
invalid_pax = '{ $field }' { $problem }.
invalid_order_type = '{ $field }' { $problem }.
invalid_modifiers = '{ $field }' { $problem }.
invalid_method = '{ $field }' { $problem }.
invalid_printer = '{ $field }' { $problem }.
no_printer = { $reason ->
        [station] Belum ada printer untuk tiket stasiun ini. Pilih stasiunnya pada sebuah printer di konsol, 'Printer'.
        [drawer] Printer kasir ini tidak membuka laci. Nyalakan 'Tersambung ke laci uang' pada printernya di konsol, 'Printer', atau pilih printer lain untuk kasir ini di 'Perangkat'.
       *[till] Belum ada printer untuk kasir ini. Tambahkan di konsol, 'Printer', atau pilih printernya di 'Perangkat'.
    }
print_job_done = Ini sudah tercetak. Cetak lagi dari pesanannya.
print_job_sending = Printer sedang mengerjakan ini. Tunggu sebentar.
invalid_special = '{ $field }' { $problem }.
unknown_tender = Cara bayar dengan id '{ $id }' sudah tidak ada. Pilih yang lain.
unknown_channel = '{ $id }' bukan aplikasi antar yang sedang dipakai. Pilih yang lain, atau jual sebagai pesanan outlet.
invalid_menu = '{ $field }' { $problem }.
tender_inactive = '{ $name }' sedang tidak dipakai. Pilih cara bayar lain.
reference_required = '{ $name }' perlu nomor referensi pembayaran. Isi dulu.
tender_writes_off = '{ $name }' hanya untuk menghapus pembayaran yang tidak masuk. Pilih cara bayar lain.
unknown_product = Tidak ada produk dengan id '{ $id }'.
sold_out = { $left ->
        [0] '{ $product }' sudah habis. Keluarkan dari pesanan.
       *[some] '{ $product }' tinggal { $left }. Kurangi jumlahnya.
    }
invalid_left = '{ $field }' { $problem }.
product_unavailable = '{ $product }' sedang tidak dijual. Keluarkan dari pesanan.
variant_required = Pilih varian '{ $product }' dulu.
unknown_variant = '{ $product }' tidak punya varian dengan id '{ $id }'.
variant_unavailable = '{ $product }' varian '{ $name }' sedang kosong. Pilih varian lain.
unknown_modifier = '{ $product }' tidak punya tambahan dengan id '{ $id }'.
modifier_unavailable = '{ $name }' untuk '{ $product }' sedang kosong. Pilih yang lain.
too_few_modifiers = Pilih minimal { $least } dari '{ $group }' untuk '{ $product }'.
too_many_modifiers = Pilih maksimal { $most } dari '{ $group }' untuk '{ $product }'.
price_negative = Potongan dari pilihan '{ $product }' lebih besar dari harganya.
unreadable_order = Status pesanan ini tidak dikenal: '{ $status }'. Perbaiki dulu.
already_paid = { $by ->
        [unknown] Pesanan ini sudah lunas.
       *[other] Pesanan ini sudah lunas: diterima { $by } pada { $local_time }.
    }
order_void = Pesanan ini sudah dibatalkan.
invalid_amount = '{ $field }' { $problem }.
has_payments = Pesanan ini sudah dibayar sebagian. Batalkan dulu pembayarannya.
already_confirmed = Pembayaran ini sudah dikonfirmasi.
payment_reversed = Pembayaran ini sudah dibatalkan.
replacement_required = Pesanan ini sudah lunas. Pilih cara bayar yang sebenarnya.
not_paid = Pesanan ini belum lunas, jadi belum ada yang bisa dikembalikan. Ubah atau batalkan saja.
over_refund = { $reason ->
        [qty] '{ $name }' yang masih bisa dikembalikan tinggal { $left }.
       *[amount] Uang yang masih bisa dikembalikan tinggal { $left }.
    }
nothing_to_refund = '{ $name }' tidak dibayar, jadi tidak ada uang yang bisa dikembalikan.
refund_too_old = Penjualan ini tanggal { $date }. Setelah { $days } hari hanya manajer yang bisa mengembalikan uang. Minta manajer masuk.
tender_exceeded = Lewat cara bayar ini hanya { $left } yang bisa dikembalikan. Kembalikan sisanya tunai.
invalid_refund = '{ $field }' { $problem }.
approval_required = Ini perlu persetujuan manajer: pilih namanya, lalu masukkan PIN.
line_sent = Pesanan ini sudah dikirim ke dapur. Batalkan saja barangnya.
line_not_sent = Barang ini belum dikirim. Ubah atau hapus saja.
line_void = Barang ini sudah dibatalkan.
invalid_course = '{ $field }' { $problem }.
unknown_course = Pesanan ini tidak punya hidangan untuk giliran { $course }.
invalid_ticket_state = '{ $field }' { $problem }.
state_backwards = Barang ini sudah berstatus '{ $state }'. Panggil kembali tiketnya kalau harus dibuat lagi.
ticket_cancelled = Semua isi tiket ini sudah dibatalkan, jadi tidak ada lagi yang perlu dibuat.
recall_too_late = Tiket bisa dipanggil kembali sampai { $minutes } menit setelah selesai. Kirim lagi yang kurang dari pesanannya.
total_below_paid = Totalnya akan menjadi { $total }, padahal sudah dibayar { $paid }. Batalkan dulu pembayarannya.
table_occupied = Meja { $table } masih dipakai pesanan { $number }. Pilih meja lain, atau gabungkan pesanannya.
has_discounts = Pesanan { $number } punya diskon '{ $name }' untuk seluruh pesanan. Hapus dulu diskonnya.
invalid_merge = '{ $field }' { $problem }.
invalid_split = '{ $field }' { $problem }.
discount_over_limit = Dengan perubahan ini diskonnya melewati batas Anda. Batalkan diskonnya dulu.
invalid_discount = '{ $field }' { $problem }.
shift_open = { $by ->
        [unknown] Laci '{ $drawer }' masih punya sif { $number } yang terbuka. Tutup dulu, atau serah terimakan.
       *[other] Laci '{ $drawer }' masih punya sif { $number } milik { $by }. Tutup dulu, atau serah terimakan.
    }
shift_closed = { $by ->
        [unknown] Sif { $number } di '{ $drawer }' sudah ditutup pada { $local_time }.
       *[other] Sif { $number } di '{ $drawer }' sudah ditutup { $by } pada { $local_time }.
    }
shift_not_closed = Sif ini masih terbuka. Tutup saja dengan hitungan laci.
shift_full = Satu sif memuat paling banyak { $most } catatan seperti ini. Tutup, lalu buka sif baru.
shift_required = Uang tunai butuh sif yang terbuka di kasir ini. Buka sif dengan menghitung isi laci.
invalid_count = '{ $field }' { $problem }.
unknown_customer = Tidak ada pelanggan dengan id '{ $id }'.
invalid_limit = '{ $field }' { $problem }.
invalid_cutoff = '{ $field }' { $problem }.
invalid_zone = '{ $field }' { $problem }.
invalid_rounding = '{ $field }' { $problem }.
invalid_qris = '{ $field }' { $problem }.
invalid_settlement_file = '{ $field }' { $problem }.
qris_not_set = Toko ini belum punya kode QRIS. Manajer menempel kode statis merchant di konsol, 'QRIS'.
invalid_role = { $reason ->
        [stored] Peran pengguna ini tidak dikenal: '{ $role }'. Isi 'role'.
       *[field] '{ $field }' { $problem }.
    }
invalid_pin = PIN { $problem }.
invalid_seats = '{ $field }' { $problem }.
cloud_not_configured = { $reason ->
        [invalid] Sambungan ke kantor pusat belum diatur: { $field } { $problem }.
        [elsewhere] Sambungan ke kantor pusat belum diatur: kunci outlet ini milik kantor pusat di { $home }, jadi tidak dikirim ke { $url } yang belum membuktikan bahwa ia kantor pusat yang sama. Kalau kantor pusat memang pindah ke sana, jalankan 'gerai sync settings --url { $url }' di komputer ini; kalau tidak, kembalikan alamatnya.
       *[missing] Sambungan ke kantor pusat belum diatur: isi { $names } di .env, atau kolom yang bernama sama di outlet_config.
    }
already_enrolled = Outlet ini sudah terhubung ke kantor pusat di { $url }. Untuk menghubungkannya ke kantor pusat lain, jalankan 'gerai enroll' di komputer server.
sync_disabled = Sinkronisasi dimatikan: isi SYNC_ENABLED=true di .env, atau sync_enabled = 1 di outlet_config.
sync_stopped = { $detail }
sync_failed = { $detail }
hub_unreachable = { $detail }
job_running = Ini sudah berjalan (tugas { $id }). Tunggu sampai selesai, atau batalkan dulu.
job_not_cancellable = Ini belum bisa dihentikan, karena sinkronisasi juga memerlukannya. Nanti selesai sendiri, toko bisa tetap berjualan.
still_running = Sinkronisasi masih berjalan. Riwayat sinkronisasi menunjukkan kapan selesai.
webhooks_disabled = Outlet ini belum menerima webhook. Isi WEBHOOK_SECRET dengan rahasia yang ditampilkan kantor pusat.
malformed_webhook = Tanda tangan webhook ini benar, tetapi isinya tidak terbaca: { $detail }.
invalid_signature = Tanda tangannya tidak dibuat dengan rahasia yang sama di kedua pihak. Isi rahasia yang ditampilkan pengirim.
stale_webhook = Pesan ini ditandatangani lebih dari lima menit dari sekarang. Periksa jam kedua komputer.
superseded = Isian ini sudah diubah lagi. Ubah langsung nilainya yang sekarang.
not_resolved = Tidak ada pilihan yang bisa dibatalkan di sini. Statusnya ada di daftar perbedaan data.
no_decision_needed = Data kedua pihak sama-sama disimpan, jadi tidak ada yang perlu diputuskan. Kalau tamu membayar dua kali, kembalikan uangnya langsung.
unknown_entity = Versi ini belum mengenal jenis data itu. Perbarui Gerai.
unknown_field = Versi ini belum mengenal isian itu. Perbarui Gerai.
entity_deleted = Datanya sudah dihapus, jadi perbedaan ini sudah selesai.
invalid_value = { $reason ->
        [deleted] Nilai 'deleted' harus true, atau objek berisi isian yang disimpan.
       *[rejected] { $detail }
    }
invalid_decision = Kirim "strategy": "local_wins" atau "cloud_wins", atau "values" dengan isian '{ $name }' saja.
not_failed = { $reason ->
        [outlet] Outlet sedang mencobanya sendiri. Tunggu sampai gagal atau terkirim.
       *[item] Data ini tidak gagal: masih menunggu dikirim, sedang dikirim, atau sudah terkirim.
    }
already_discarded = { $reason ->
        [item] Data ini sudah dibuang. Siapa yang membuang dan mengapa ada di daftar data tertahan (?discarded=true).
       *[update] Ini sudah dibuang. Coba lagi (retry) untuk mengembalikannya.
    }
cannot_be_reverted = Data dari kantor pusat tidak bisa disimpan di sini: { $detail } Perbaiki di sini, lalu coba lagi.
invalid_interval = '{ $field }' { $problem }.
invalid_outlet_code = '{ $field }' { $problem }.
invalid_url = '{ $field }' { $problem }.
invalid_time = '{ $field }' { $problem }.
invalid_position = '{ $field }' { $problem }.
invalid_document = { $detail }
missing_field = { $detail }
too_large = { $detail }
too_deep = { $detail }
not_open = Perbedaan ini sudah selesai. Ubah langsung datanya.
ambiguous = Beberapa outlet punya perbedaan dengan id ini. Sebutkan satu di 'outlet_id'.
outlet_too_old = Versi outlet ini belum bisa melakukannya. Putuskan di outlet, atau perbarui versinya.
cannot_be_accepted = Versi outlet untuk penjualan ini tidak bisa diterima: { $detail } Perbaiki di outlet, atau buang supaya penjualan tetap seperti semula.
invalid_challenge = 'X-Key-Challenge' harus 32 sampai 128 karakter yang tampak.
database_unavailable = Basis data ini tidak berisi tabel kantor pusat: periksa alamatnya, atau jalankan ulang server.
database_unreachable = { $reason ->
        [uncertain] Belum pasti apakah basis data sudah menyimpan ini ({ $detail }). Periksa dulu, lalu coba lagi.
       *[away] Basis data tidak bisa dihubungi ({ $detail }). Silakan coba sebentar lagi.
    }
batch_in_progress = Kantor pusat masih memproses kiriman outlet ini yang sebelumnya. Kirim lagi nanti.
hub_overloaded = Kantor pusat sedang sibuk. Coba lagi nanti.
chain_mismatch = Kiriman ini tidak menyambung dengan kiriman terakhir yang diterima kantor pusat. Lanjutkan dari sana.
epoch_mismatch = Basis data outlet ini bukan lagi yang dikenal kantor pusat (apakah dipulihkan, disalin, atau diganti?). Daftarkan lagi dengan 'gerai enroll'.
protocol_unsupported = Server kantor pusat memakai protokol { $oldest } sampai { $newest }, outlet ini { $found }. Perbarui yang lebih lama.
invalid_batch = Ini bukan kiriman dari outlet: { $detail }.
outlet_revoked = { $reason ->
        [head_office] Outlet { $outlet } sudah dicabut. Tambahkan lagi supaya bisa mengirim.
       *[outlet] Kantor pusat sudah mencabut outlet ini. Minta ditambahkan lagi di sana, lalu jalankan 'gerai enroll'.
    }
outlet_state_unknown = { $reason ->
        [head_office] Status outlet { $outlet } tidak dikenal. Cabut dengan id-nya lalu tambahkan lagi, atau perbaiki basis datanya.
       *[outlet] Status outlet ini di basis data kantor pusat tidak dikenal dan harus diperbaiki di sana. Penjualan tetap jalan.
    }
invalid_enroll_code = Kode pendaftaran salah, sudah dipakai, atau kedaluwarsa. Minta kode baru ke kantor pusat.
invalid_enrollment = Permintaan pendaftaran tidak benar: { $detail }.
period_too_long = { $reason ->
        [month] Rentangnya terlalu panjang: per jam dan per kasir maksimal 31 hari.
       *[year] Rentangnya terlalu panjang: 'to' paling jauh setahun setelah 'from'.
    }
invalid_statement = Laporan harus berisi tanggal usaha yang benar, tiap hari sekali, dan maksimal { $most } hari.
range_not_satisfiable = Berkasnya tidak sepanjang itu. Mulai lagi tanpa 'Range'.
snapshot_underway = Salinannya sedang dibuat. Coba lagi beberapa detik lagi.
invalid_password = Kata sandi { $problem }.
too_many_ranges = Satu permintaan berisi maksimal { $most } rentang. Kirim sisanya terpisah.
private_address = { $address } menuju alamat pribadi. Kalau memang disengaja, jalankan server dengan --webhook-allow-private atau HUB_WEBHOOK_ALLOW_PRIVATE=true.

## Apa yang salah dengan satu isian: akhir kalimat yang dimulai dengan namanya.

problem_other = tidak benar: { $detail }
problem_missing = belum diisi
problem_unknown = tidak dikenal di sini; yang dikenal: { $choices }
problem_none_known = tidak dikenal di sini; hapus saja
problem_repeated = muncul dua kali
problem_null = tidak boleh null; tinggalkan saja kalau tidak ada
problem_wrong_type = harus berupa { $expected ->
        [number] bilangan bulat
        [text] teks
        [boolean] true atau false
        [list] daftar
        [object] objek
       *[words] { $expected }
    }, bukan { $kind ->
        [null] null
        [list] daftar
        [object] objek
       *[value] { $found }
    }
problem_wrong_value = harus { $expected }, bukan { $found }
problem_wrong_length = harus berisi { $expected }, bukan { $length }
problem_not_one_of = harus salah satu dari { $choices }, bukan '{ $found }'
problem_not_a_number = harus bilangan bulat, bukan '{ $found }'
problem_not_a_boolean = harus true atau false, bukan '{ $found }'
problem_out_of_range = di luar batas: { $found }
problem_not_between = harus { $least } sampai { $most }
problem_not_utf8 = harus UTF-8
problem_not_a_uuid = harus berupa UUID
problem_not_an_id = harus berupa id: 1 sampai 128 karakter ASCII yang tampak, UUID dengan huruf kecil dan tanda hubung
problem_empty = tidak boleh kosong
problem_nothing_visible = harus berisi sesuatu yang terlihat
problem_too_long = terlalu panjang: maksimal { $most } karakter
problem_not_one_line = harus satu baris: tanpa tab, tanpa baris baru
problem_control_character = tidak boleh berisi karakter kontrol ({ $character })
problem_invisible_character = tidak boleh berisi karakter yang tidak terlihat ({ $character }); ketik ulang, jangan ditempel
problem_mixed_alphabets = tidak boleh mencampur huruf dari beberapa abjad
problem_looks_like_other = tidak boleh berisi huruf yang hanya mirip huruf biasa
problem_not_a_barcode = hanya boleh berisi huruf, angka, dan tanda yang muat di barcode
problem_not_a_phone_number = harus berupa nomor telepon: angka, dengan spasi atau + - ( ) . / di antaranya
problem_not_a_host = harus alamat mesin, misalnya 192.168.1.50 atau printer-1.local
problem_not_an_email = harus berupa alamat email, misalnya rina@example.com
problem_not_beside = tidak boleh diisi bersama '{ $other }'
problem_not_allowed = harus salah satu dari { $choices }
problem_not_a_minute = harus menit seperti 2026-11-22T17:00
problem_not_a_date = harus tanggal, misalnya 2026-11-22
problem_not_a_version = harus 'version' dari jawaban sebelumnya
problem_no_columns = harus berkas CSV yang baris pertamanya menyebut kolom waktu dan nominal
problem_not_a_qris_code = { $reason ->
        [incomplete] tidak lengkap: tempel seluruh teks kodenya
        [wrong_crc] rusak: angka pemeriksanya tidak cocok. Salin lagi dari penyedia QRIS
        [more_than_one] berisi lebih dari satu kode: tempel satu kali saja
        [repeated] rusak: ada bagian yang muncul dua kali
        [too_long] terlalu panjang untuk kode QRIS
        [no_merchant] tidak menyebut nama merchant
        [foreign] bukan untuk rupiah di Indonesia
        [has_amount] adalah kode untuk satu pembayaran. Pakai kode statis yang dicetak untuk semua tamu
       *[not_qris] bukan kode QRIS: teksnya diawali 000201
    }
problem_not_a_zone = harus zona waktu IANA, misalnya Asia/Jakarta, Asia/Makassar, atau Asia/Jayapura
problem_not_an_amount = harus { $least } sampai { $most }, dalam rupiah bulat
problem_not_positive = harus lebih dari nol
problem_too_large = terlalu besar
problem_too_many_entries = harus berisi maksimal { $most }
problem_quantity_not_positive = jumlahnya masing-masing harus minimal 1
problem_pin_length = harus 4 sampai 8 angka
problem_pin_not_digits = hanya boleh berisi angka
problem_pin_too_easy = terlalu mudah ditebak: jangan angka yang sama atau berurutan seperti 1234
problem_negative_price = ada harga di bawah nol
problem_negative_discount = ada diskon di bawah nol
problem_discount_too_large = ada diskon yang lebih besar dari harganya
problem_rate_out_of_range = tarif biaya, atau bagian dasarnya, di luar batas
problem_service_inside = hanya pajak yang boleh termasuk dalam harga; biaya layanan selalu ditambahkan
problem_taxed_twice = ada dua pajak untuk satu golongan pajak; satu baris hanya kena satu pajak
problem_too_many_in_force = lebih dari { $most } biaya dan pajak berlaku sekaligus
problem_unreadable_charge = ada kata, tanggal, atau angkanya yang tidak terbaca
problem_amount_beyond_limits = ada jumlah yang terlalu besar
problem_entry_id = berisi id '{ $id }', padahal harus 1 sampai { $most } huruf, angka, '-' atau '_'
problem_entry_repeated = berisi id '{ $id }' dua kali; beri masing-masing id sendiri
problem_entry_text = berisi '{ $id }', yang '{ $name }'-nya { $problem }
problem_entry_price = berisi '{ $id }', yang '{ $name }'-nya harus { $least } sampai { $most }, dalam rupiah bulat
problem_entry_selections = berisi '{ $id }', yang harus memenuhi 0 <= min_selections <= max_selections, dan max_selections 1 sampai { $most }
problem_entry_options = berisi '{ $id }', yang harus punya 1 sampai { $most } pilihan
problem_not_found = tidak ada
problem_entries_not_between = harus berisi { $least } sampai { $most }
problem_twice = memuat isi yang sama dua kali
problem_different_sum = harus berjumlah { $total }, bukan { $sum }
problem_method_of_tender = harus { $method }, sesuai cara bayar '{ $tender }', atau dikosongkan
problem_itself = tidak boleh memuat pesanan itu sendiri
problem_weighed = membagi barang timbangan; pindahkan seluruhnya
problem_more_than_there_is = memuat lebih banyak daripada yang ada
problem_other_scale = { $scale ->
        [0] harus 0: produk ini dijual per buah
       *[3] harus 3, dengan jumlah dalam perseribuan: produk ini dijual per berat
    }
problem_not_a_barcode_pattern = { $reason ->
        [factor] harus punya pengali 1 sampai 1000
        [overlap] punya dua pola yang dimulai dengan angka yang sama; satu kode hanya boleh cocok dengan satu pola
       *[form] harus berisi pola 13 karakter: angka yang dimulai dengan 2 atau 02, lalu I untuk kode barang, P (harga) atau W (gram), dan C di akhir, misalnya 21IIIIIPPPPPC
    }
problem_given_amount = tidak bisa diubah: harga barang ini sudah ditentukan. Hapus lalu tambahkan lagi
problem_needed_for = diperlukan untuk '{ $kind }', dan tidak untuk yang lain
problem_not_a_hub_url = harus dimulai dengan https:// atau http:// dan berakhir /v1, misalnya https://hub.example.com/v1
problem_url_host = harus menyebut nama server kantor pusat, dan port 1 sampai 65535 kalau ada: https://hub.example.com:9090/v1
problem_url_user = tidak boleh berisi nama pengguna atau kata sandi; kuncinya diisi terpisah
problem_url_tail = harus berakhir /v1, tanpa '?' atau '#' di belakangnya
problem_url_path = harus berakhir /v1, dengan bagian biasa saja di depannya
problem_not_an_outlet_code = harus 1 sampai { $most } huruf, angka, dan tanda hubung, misalnya JKT-001
problem_not_a_key = harus kunci persis seperti dari kantor pusat
problem_not_a_time = harus waktu seperti 2026-11-22T10:00:00Z
problem_not_after = harus sesudah '{ $other }'
problem_not_before = tidak boleh sesudah '{ $other }'
problem_not_together = tidak boleh bersama '{ $other }'
problem_incomplete = harus bersama '{ $other }'
problem_password_length = harus berisi minimal { $least } karakter
problem_password_is_name = tidak boleh sama dengan nama pengguna
problem_password_too_easy = terlalu mudah ditebak: jangan huruf yang diulang, angka atau huruf berurutan, atau kata seperti 'password' dengan angka
problem_not_a_user_name = harus 1 sampai 50 huruf, angka, dan tanda dari satu abjad, tanpa spasi
problem_not_a_webhook_url = { $reason ->
        [user] tidak boleh berisi nama pengguna atau kata sandi karena alamat ini tampil di daftar; tanda tangan yang membuktikan pengirimnya
        [fragment] tidak boleh berisi bagian '#', karena bagian itu tidak pernah dikirim
       *[form] harus alamat seperti https://pos.example.com/api/v1/webhooks/cloud (atau http:// di jaringan sendiri)
    }
problem_must_be = harus berupa { $expected ->
        [text] teks
        [number] bilangan bulat
        [boolean] true atau false
        [objects] daftar objek
        [reference] id data: 1 sampai 128 byte tanpa karakter kontrol
       *[list] daftar
    }
problem_invalid_modifier = berisi tambahan yang id, nama, harga, atau jumlahnya di luar batas

## Apa yang sudah dilakukan, atau keadaannya.

notice_deleted = { $reason ->
        [product_image] Gambar dihapus.
        [category] Kategori dihapus.
        [product] Produk dihapus.
        [table] Meja dihapus.
        [drawer] Laci dihapus.
        [printer] Printer dihapus.
        [charge] Biaya atau pajak dihapus.
        [tender] Cara bayar dihapus.
       *[customer] Pelanggan dihapus.
    }
notice_logged_out = Sudah keluar.
notice_logged_out_everywhere = Sudah keluar di semua perangkat.
notice_device_revoked = '{ $name }' sudah dicabut; tidak ada lagi yang masuk di sana.
notice_sync_triggered = Sinkronisasi dimulai
notice_sync_retry_triggered = Pengiriman ulang dimulai
notice_resync_started = Pembandingan ulang dimulai
notice_update_discarded = Dibuang; perubahan dari kantor pusat ini tidak diterapkan di sini.
notice_hub_answers = Kantor pusat di { $url } menjawab.
notice_webhook_repeated = Webhook ini sudah pernah datang; tidak ada yang dilakukan lagi.
notice_webhook_accepted = Diterima; outlet langsung mengambil kabar dari kantor pusat.
notice_webhook_ignored = Webhook jenis ini tidak dipakai oleh versi ini.
notice_alive = hidup
notice_ready = siap berjualan
notice_change_deleted = Dihapus; outlet akan diberi tahu.
notice_hub_alive = Server kantor pusat hidup.
notice_hub_ready = Server kantor pusat siap.
notice_webhook_removed = Tidak ada lagi yang dikirim ke sana; outlet tetap mengambil kabar sendiri.
notice_more = dan { $count } lagi
notice_check_failed = Tidak diperiksa: { $detail }. Jalankan 'gerai doctor' lagi. Kalau masih muncul, berkasnya rusak.
notice_action_needed = Perlu tindakan: lihat baris yang diawali !!.
notice_some_unchecked = Semua yang diperiksa baik. Baris yang diawali ?? tidak bisa diperiksa.
notice_all_well = Semua baik.
notice_unreadable_value = Kolom { $column } di { $table } pada { $row } { $reason ->
        [id] berisi byte yang bukan id
        [list] tidak berisi daftar
       *[text] berisi byte yang bukan teks UTF-8
    }. Perbaiki di sqlite3: update { $table } set { $name } = '…' where { $row };
notice_restored_row = { $table } (pada { $at })
notice_charge_ignored = Biaya atau pajak '{ $name }' (id '{ $id }') tidak ikut dihitung dalam pesanan: { $problem }. Perbaiki, matikan, atau hapus.
notice_printer_fails = { $reason ->
        [paper_out] Kertas printer '{ $name }' habis.
        [not_ready] Printer '{ $name }' belum siap: tutup penutupnya, atau lihat lampunya.
        [no_answer] Printer '{ $name }' tidak menjawab. Matikan lalu nyalakan lagi.
        [lost] Printer '{ $name }': { $lost } cetakan tidak keluar.
       *[unreachable] Printer '{ $name }' tidak terjangkau. Periksa listrik dan kabelnya.
    }{ $waiting ->
        [0] {""}
       *[other] {" "}{ $waiting } cetakan menunggu.
    }
notice_duplicate_value = { $field ->
        [code] Kode
        [barcode] Barcode
        [phone] Nomor telepon
       *[username] Nama pengguna
    } { $value } juga dipakai { $entity ->
        [product] produk
        [customer] pelanggan
       *[user] pengguna
    } '{ $name }'. Datanya sudah disimpan; ubah salah satunya kalau keliru.
notice_unusable_hash = { $user } ({ $reason ->
        [expensive] hash-nya meminta terlalu banyak memori atau waktu
       *[kind] bukan hash Argon2id
    })
notice_shared_value = { $field } { $value } pada { $names }
notice_more_shared_values = { $count } lagi pada '{ $field }'
notice_unknown_value = { $column } di { $table } '{ $value }' ({ $rows } baris; yang dikenal: { $known })
notice_refund = { $number } tanggal { $date }, { $total } dikembalikan
notice_sale = { $number } tanggal { $date }, dibayar { $paid }
notice_hub_unknown_value = { $of ->
        [outlet] status outlet
        [webhook] webhook outlet
       *[user] peran pengguna
    } { $name }: { $value }
notice_secret_exposed = Pengguna lain di komputer ini bisa membaca { $file } (mode { $mode }) dan masuk sebagai siapa saja. Jalankan 'chmod 600' pada berkas itu, lalu hapus dan jalankan ulang server supaya dibuat yang baru.
notice_database_exposed = Semua pengguna komputer ini bisa { $reason ->
        [write] mengubah
       *[read] membaca
    } { $file } (mode { $mode }). Isinya kunci ke kantor pusat dan hash PIN. Jalankan 'chmod o-rwx' pada berkas itu.
notice_refused_since = { $message } Sejak { $since }. Server mencoba lagi sendiri{ $next ->
        [none] .
       *[at] , berikutnya pada { $next }.
    }
notice_try_addresses =
    Kasir          { $outlet }/till/
    Admin          { $outlet }/admin/
    Kantor pusat   { $hub }/   pengguna { $username }, kata sandi { $password }
    Karyawan contoh di outlet:
notice_try_member = {"  "}{ $name } ({ $role }): pengguna { $username }, PIN { $pin }
notice_try_end = Tekan Ctrl-C untuk selesai. { $reason ->
        [stays] Datanya tetap ada di folder itu.
       *[deleted] Datanya lalu dihapus.
    }
notice_text = { $text }
notice_sale_reversal = { $reason ->
        [deleted] pesanannya dihapus
        [status] statusnya diubah menjadi '{ $to }'
        [changed] { $field }-nya diubah dari { $from } menjadi { $to }
        [missing] salah satu { $field ->
            [line] barisnya
            [charge] biayanya
           *[payment] pembayarannya
        } dihapus atau diubah
        [refund] ditambahkan { $field ->
            [line] baris
           *[payment] pembayaran
        } minus
        [unreadable] isi barunya tidak terbaca
       *[damaged] pesanannya diubah, dan isi di kantor pusat tidak terbaca untuk dibandingkan
    }
notice_hub_says = Jawaban server kantor pusat: { $message }
notice_upkeep_failed = { $reason ->
        [hour] jam berjalan tidak bisa dihitung ({ $detail })
        [streams] catatan lama tidak bisa dihapus ({ $detail })
        [dead_letters] kiriman tertahan tidak bisa diproses ulang ({ $detail })
        [snapshots] salinan lama tidak bisa dihapus ({ $detail })
        [sessions] sesi yang sudah berakhir tidak bisa dihapus ({ $detail })
        [images] gambar yang tidak dipakai tidak bisa dihapus ({ $detail })
        [bulk_changes] catatan lama perubahan banyak produk tidak bisa dihapus ({ $detail })
        [figures] angka yang berbeda tidak bisa dihitung ulang; lihat log
       *[comparison] penjualan dan angka tidak bisa dibandingkan dengan dokumennya ({ $detail })
    }
notice_network_error = { $reason ->
        [no_https] server itu tidak memakai HTTPS; periksa alamat dan port
        [secure] sambungan amannya gagal ({ $detail })
        [certificate_expired] sertifikatnya berlaku sampai { $day }, sedangkan jam mesin ini menunjukkan { $today }; perbarui sertifikatnya, atau betulkan jam
        [certificate_early] sertifikatnya baru berlaku mulai { $day }, sedangkan jam mesin ini menunjukkan { $today }; betulkan jam
        [certificate_name] sertifikatnya milik server lain ({ $names }); periksa alamatnya, atau ada server lain yang menjawab
        [certificate_issuer] penerbit sertifikatnya tidak dipercaya mesin ini; periksa alamatnya, atau tambahkan penerbit itu ke daftar sertifikat mesin ini
        [certificate] sertifikatnya tidak bisa dipercaya ({ $detail })
        [name] nama servernya tidak ditemukan: { $detail }; periksa namanya, dan apakah mesin ini tersambung internet
        [refused] sambungan ditolak; periksa alamat dan port ({ $detail })
        [route] tidak ada jalan ke alamat itu; periksa apakah mesin ini tersambung internet ({ $detail })
       *[other] { $detail }
    }

# Terminal: hasil perintah. Kolom tabel bernama sama seperti di --json.

notice_nothing = Tidak ada.
notice_progress = { $what ->
        [fetched] KiB diunduh
        [applied] data diterapkan
        [written] data ditulis
        [copied] baris disalin
       *[compared] baris dibandingkan
    }
notice_shown_in_vain = Perubahan lain masuk lebih dulu, jadi tidak ada yang berubah: yang baru ditampilkan tidak berlaku. Jalankan lagi perintahnya.
notice_sync_state =
    Outlet        { $outlet_code ->
        [none] belum terdaftar
       *[code] { $outlet_code } ({ $outlet_id })
    }
    Sinkronisasi  { $enabled ->
        [on] aktif
       *[off] mati
    }
    Menunggu      { $pending }
    Gagal         { $failed }
    Perbedaan     { $conflicts }
    Terkirim      { $synced } perubahan{ $last ->
        [never] { "" }
       *[at] , terakhir { $last }
    }
notice_sync_state_snapshot = Salinan       { $state ->
        [fetching] diunduh
        [applying] diterapkan
       *[refused] ditolak
    } sejak { $since }: { $kib } KiB sudah diunduh, { $applied } data sudah diterapkan
notice_sync_state_problem = Masalah       { $problem }
notice_sync_round_ended = Sinkronisasi selesai: { $status ->
        [success] berhasil
        [partial] sebagian
       *[failed] gagal
    }, { $count } data.
notice_sync_unfinished = { $reason ->
        [no_server] Permintaan sudah dicatat, tetapi server outlet tidak berjalan di basis data ini. Jalankan dengan 'gerai', nanti langsung dikerjakan.
        [timeout] Sinkronisasi belum selesai dalam { $seconds } detik. Lihat kemajuannya dengan 'gerai sync status'.
        [no_round] Server belum memulai sinkronisasi. Lihat sebabnya dengan 'gerai sync status'.
        [rejected] Sebagian data ditolak kantor pusat. Lihat sebabnya dengan 'gerai sync quarantine'.
       *[comparing] Pembandingan masih berjalan. Lihat apakah ada masalah dengan 'gerai sync status'.
    }
notice_sync_quarantine = { $list ->
        [items] Belum terkirim:
       *[updates] Belum diterapkan:
    }
notice_sync_update_retried = { $reason ->
        [applied] Sudah diterapkan: { $entity_type } { $entity_id }.
       *[refused] { $entity_type } { $entity_id } belum bisa diterapkan: { $problem }
    }
notice_sync_discarded = { $reason ->
        [update] Dibuang: perubahan { $entity_type } { $entity_id } tidak diterapkan di sini.
        [not_sent] Dibuang: { $entity_type } { $entity_id } tetap ada di sini dan tidak dikirim.
       *[reverted] Dibuang: { $entity_type } { $entity_id } kembali seperti sebelum diubah.
    }
notice_sync_compared = Sudah dibandingkan dengan kantor pusat. Lihat apa yang dikirim karenanya dengan 'gerai sync status'.
notice_sync_verified = { $count } data dibandingkan dengan kantor pusat, { $differing } berbeda.
notice_sync_verified_repair = { $reason ->
        [running] Yang berbeda sedang diperbaiki.
       *[possible] Perbaiki dengan 'gerai sync verify --repair'.
    }
notice_sync_verified_unsettled = { $count } bagian belum dibandingkan karena terus berubah. Jalankan lagi perintahnya.
notice_sync_side = { $side ->
        [outlet] outlet
       *[hub] kantor pusat
    }
notice_sync_statement = { $reason ->
        [same] Keduanya sama.
        [differs] Keduanya berbeda. Lihat pesanannya dengan 'gerai sync verify'.
       *[unsettled] Belum pasti: masih ada perubahan hari itu yang menunggu, atau kantor pusat belum sampai di sana.
    }
notice_sync_resolved = Sudah diputuskan: '{ $field }' pada { $entity_type } { $entity_id }.
notice_sync_reviewed = Ditandai sudah diperiksa: { $count }.
notice_sync_settings =
    Outlet        { $outlet_code ->
        [none] belum terdaftar
       *[code] { $outlet_code } ({ $outlet_id })
    }
    Sinkronisasi  { $enabled ->
        [on] aktif
       *[off] mati
    }
    Kantor pusat  { $url ->
        [none] belum diisi
       *[url] { $url }
    }
    Kunci         { $key ->
        [set] sudah diisi
       *[missing] belum diisi
    }
    Selang        { $minutes } menit
notice_sync_settings_changed = { $server ->
        [running] Server memakainya dalam satu detik. Periksa apakah kantor pusat menjawab dengan 'gerai doctor'.
       *[stopped] Berlaku saat server dijalankan.
    }
notice_sync_key_missing = Kuncinya tidak terbaca. Tulis: gerai sync settings --key-stdin < FILE
notice_snapshot_saved =
    Salinan disimpan dan diperiksa: { $file }
    { "  " }{ $shared } data bersama, { $owned } data outlet ini, keadaan { $at }
notice_snapshot_made =
    Salinan untuk { $outlet_code } dibuat: { $file }
    { "  " }{ $entities } data, { $kib } KiB, SHA-256 { $sha256 }
    Di outlet: gerai sync snapshot import FILE
notice_snapshot_imported = { $reason ->
        [nothing] Tidak ada yang perlu dilakukan: isi salinan ini ({ $at }) sudah ada semua di outlet ini.
        [documents] Diterapkan: { $count } dokumen outlet ini.
       *[shared] Diterapkan: { $count } data bersama, keadaan { $at }.
    }
notice_snapshot_unapplied = Belum diterapkan: { $count } data. Lihat sebabnya dengan 'gerai sync quarantine'.
notice_snapshot_advice =
    Perubahan sesudahnya datang lewat sambungan ke kantor pusat.
    Sudah diperiksa: berkasnya utuh, dan setiap data sesuai aturan versi ini. Tidak diperiksa: siapa yang membuatnya, karena berkas ini tidak bertanda tangan. Pakailah hanya berkas dari kantor pusat sendiri; cocokkan dengan hasil 'gerai hub outlet snapshot' lewat 'sha256sum'.
notice_snapshot_refused = { $reason ->
        [not_a_snapshot] Ini bukan salinan dari kantor pusat. Pilih berkas dari 'gerai hub outlet snapshot'.
        [truncated] Salinannya terpotong. Salin lagi berkasnya.
        [altered] Salinannya berubah di jalan. Salin lagi berkasnya, atau buat yang baru.
        [other_outlet] Ini salinan untuk outlet { $theirs }, sedangkan outlet ini { $ours }. Pakai salinan untuk outlet ini.
        [newer_format] Format salinan ini { $found }, sedangkan Gerai versi ini membaca { $known }. Perbarui outlet dulu.
        [too_large] Salinannya terlalu besar untuk satu outlet. Buat yang baru.
        [applying] Salinan lain sedang diterapkan. Tunggu sampai 'gerai sync status' menunjukkan selesai, lalu coba lagi.
        [old_hub] Server kantor pusat belum bisa membuat salinan. Perbarui dulu.
        [no_outlet] Id outlet ini belum diketahui. Jalankan 'gerai enroll' atau isi OUTLET_ID sebelum memakai salinan.
       *[exists] { $file } sudah ada. Pilih nama lain, atau pindahkan berkas itu.
    }
notice_private_file = Isi berkas ini: { $content ->
        [hub] data pelanggan, hash PIN, kunci, dan kata sandi, serta rahasia webhook
        [outlet] data pelanggan, hash PIN, dan kunci outlet ini
       *[snapshot] data pelanggan dan hash PIN
    }. Simpan di tempat yang hanya bisa Anda baca.
notice_backup_made =
    Cadangan dibuat dan diperiksa: { $file }
    { "  " }{ $content }
notice_backup_content = { $outlet ->
        [unknown] { "" }
       *[code] outlet { $outlet };{ " " }
    }{ $orders } pesanan{ $last ->
        [never] { "" }
       *[at] , yang terakhir { $last }
    }; { $pending } perubahan belum ada di kantor pusat; { $kib } KiB
notice_hub_backup_content = { $outlets } outlet, { $orders } pesanan{ $last ->
        [never] { "" }
       *[at] , kiriman terakhir { $last }
    }; { $kib } KiB
notice_restored =
    Dipulihkan dari { $file }
    { "  " }{ $content }
    { "  " }{ $rows } dari { $found } baris, di { $tables } tabel
notice_restore_left_out = { $reason ->
        [rows] Tidak ikut: { $rows } dari { $found } baris { $table } yang tidak lolos pemeriksaan, misalnya { $examples }
       *[parts] Tidak ikut, karena bukan buatan Gerai (cadangan ini pernah diubah orang): { $names }
    }
notice_restore_other_outlet = Perhatian: basis data sebelumnya milik outlet { $was }, sedangkan cadangan ini milik { $is }.
notice_restore_replaced = Basis data sebelumnya disimpan: { $file }
notice_restore_next = { $server ->
        [hub] Jalankan server kantor pusat: setiap outlet mengetahuinya sendiri dan mengirim lagi semua sesudah cadangan ini.
            Perubahan dari kantor pusat sendiri sesudah cadangan ini hilang: tambah, cabut, dan daftarkan lagi outlet, lalu ganti lagi kunci, pengguna, dan kata sandinya. Semua orang harus masuk lagi.
       *[outlet] Mulai sekarang pesanan bernomor seri baru: R{ $series }.
            Tidak ada yang dikirim ke kantor pusat sampai outlet ini didaftarkan lagi ('gerai enroll'). Penjualan tetap jalan.
    }
notice_backup_refused = { $reason ->
        [missing] { $file } tidak ada. Periksa namanya.
        [running] Server Gerai sedang berjalan di { $file }. Hentikan dulu.
        [in_use] { $file } sedang dipakai. Hentikan server kantor pusat dan tutup semua sqlite3 yang membukanya.
        [itself] { $file } adalah basis data itu sendiri. Pilih berkas cadangan.
        [exists] { $file } sudah ada. Pilih nama lain, atau pindahkan berkas itu.
        [damaged] { $file } rusak ({ $detail }), jadi salinannya juga rusak. Biarkan berkas itu, lalu pulihkan dari cadangan.
       *[postgres] Data kantor pusat ini ada di PostgreSQL. Cadangkan dan pulihkan dengan pg_dump atau pg_basebackup.
    }
notice_database_refused = { $reason ->
        [missing] Basis data { $file } tidak ada. Sebutkan tempatnya dengan --db, atau jalankan 'gerai' sekali untuk membuatnya.
        [not_a_file] '{ $file }' bukan nama berkas. Basis data adalah sebuah berkas, misalnya ./pos.db.
        [folder] { $file } adalah folder. Sebutkan berkas basis data di dalamnya.
        [running] Basis data sedang dipakai server Gerai lain: { $file }. Hentikan dulu, atau pilih basis data lain.
        [not_a_database] { $file } bukan basis data SQLite. Pilih berkas lain, atau pindahkan yang ini.
        [damaged] { $file } rusak. Simpan salinannya, lalu pulihkan dari cadangan.
        [not_ours] { $file } milik program lain, atau milik server Gerai yang satunya. Pilih berkas lain.
        [tampered] { $file } { $detail }: pernah diubah program lain, jadi tidak dipakai.
        [timeout] { $file } terlalu lama dibaca: rusak atau pernah diubah program lain, jadi tidak dipakai.
        [newer] { $file } dibuat oleh versi Gerai yang lebih baru (skema { $found }, program ini mengenal { $known }). Pasang versi itu.
        [read_only] { $file }, foldernya, atau penyimpanannya tidak bisa ditulisi. Beri izin tulis (chmod u+w, mount -o remount,rw), atau pilih berkas lain.
        [full] Penyimpanan untuk { $file } penuh. Kosongkan sebagian, lalu jalankan lagi.
        [busy] { $file } sedang dikunci program lain. Akhiri transaksinya, lalu jalankan lagi.
        [migrated] { $file } sudah dipindahkan ke { $place } pada { $at }, dan data sesudahnya hanya ada di sana: jalankan server kantor pusat dengan --database dan alamat itu. Kalau tetap mau kembali ke berkas ini: sqlite3 { $file } 'drop table migrated_to'
       *[other] { $file } tidak bisa dibuka: { $detail }
    }
notice_audit_whole = Catatan lengkap dan tidak diubah. Kejadian: { $events }, rantai: { $chains }.
notice_pin_reset = Pengguna { $username } ({ $role }) sudah bisa masuk dengan PIN baru; sesi lamanya berakhir.
notice_enrolled =
    Outlet ini sekarang { $outlet_code } ({ $outlet_name }) dari kantor pusat di { $url }.
    Outlet membandingkan dulu dengan kantor pusat: yang belum ada di basis data ini diambil kembali, lalu yang menunggu dikirim.
    { $server ->
        [running] Server langsung mengerjakannya. Lihat kemajuannya dengan 'gerai sync status'.
       *[stopped] Jalankan server dengan 'gerai', nanti langsung dikerjakan.
    }
notice_outlet_added =
    Outlet { $outlet_code } sudah dibuat. Simpan ini; kuncinya hanya ditampilkan sekarang:
      OUTLET_ID={ $outlet_id }
      OUTLET_CODE={ $outlet_code }
      CLOUD_API_KEY={ $key }
      kode pendaftaran: { $enroll_code } (berlaku sehari)
notice_outlet_enroll_code =
    Outlet { $outlet_code } bisa mendaftar sekali dengan kode ini, berlaku sehari:
      kode pendaftaran: { $enroll_code }
notice_outlet_key_rotated =
    Kunci baru outlet { $outlet_code }, hanya ditampilkan sekarang. Kunci lama berlaku sampai yang baru dipakai, paling lama sampai { $until }:
      CLOUD_API_KEY={ $key }
notice_outlet_key_revoked =
    Semua kunci outlet { $outlet_code } sudah dicabut; outlet tetap berjualan. Supaya bisa mengirim lagi:
      gerai hub outlet enroll-code --code { $outlet_code }
notice_outlet_was_revoked = Outlet { $outlet_code } sudah dicabut; penjualannya tetap tersimpan. Kalau toko itu buka lagi, tambahkan sebagai outlet baru.
notice_outlet_refused = { $reason ->
        [code_taken] Kode { $outlet_code } sudah dipakai outlet aktif lain. Pilih kode lain, atau cabut outlet itu.
        [code] Kode outlet { $problem }.
       *[name] Nama outlet { $problem }.
    }
notice_webhook_state = Webhook outlet { $outlet_code }: { $url } ({ $state ->
        [active] aktif
        [failing] gagal
        [gone] berhenti: tidak ada yang dikirim sampai diatur lagi dengan --url
       *[unknown] status tidak dikenal
    }).
notice_webhook_secret =
    Isikan ini di outlet; hanya ditampilkan sekarang:
      WEBHOOK_SECRET={ $secret }
notice_webhook_previous_secret = Rahasia sebelumnya berlaku sampai { $until }.
notice_webhook_delivered = { $at ->
        [never] Belum ada webhook yang sampai.
       *[at] Webhook terakhir sampai pada { $at }.
    }
notice_webhook_failures = Gagal sejak itu: { $count } kali; kesalahan terakhir: { $error }
notice_hub_user_changed = { $reason ->
        [saved] Pengguna { $username } bisa masuk di kantor pusat.
        [disabled] Pengguna { $username } dinonaktifkan dan dikeluarkan dari semua perangkat.
        [enabled] Pengguna { $username } bisa masuk lagi di kantor pusat.
       *[logged_out] Pengguna { $username } dikeluarkan dari semua perangkat.
    }
notice_first_user = Pengguna pertama: { $username } dengan kata sandi { $password } (hanya ditampilkan sekarang; ganti dengan 'gerai hub user add')
notice_hub_verified = { $orders } pesanan dan { $days } hari usaha dibandingkan: { $differing } berbeda.
notice_hub_verified_unreadable = Pesanan ini tidak terbaca; penjualan yang tercatat tidak berubah:
notice_hub_verified_repair = { $reason ->
        [possible] Hitung ulang dengan 'gerai hub verify --repair'.
        [partly] { $count } tidak bisa dihitung ulang; yang lain sudah.
       *[done] Semuanya sudah dihitung ulang.
    }
notice_migrate_started = { $reason ->
        [first] Berkasnya dikunci; baris-barisnya disalin.
        [resumed] Pemindahan dilanjutkan dari tempat berhentinya.
       *[anew] Berkasnya berubah sejak pemindahan terhenti: semuanya disalin ulang.
    }
notice_migrated = { $reason ->
        [before] Tidak ada yang perlu dilakukan: { $from } sudah dipindahkan ke { $to } pada { $at }.
       *[now] { $from } dipindahkan ke { $to }: { $rows } baris, sama di kedua pihak.
    }
notice_migrated_next =
    Jalankan server kantor pusat dengan alamat baru di HUB_DATABASE_URL atau --database; outlet melanjutkan sendiri.
    Server kantor pusat tidak bisa lagi dijalankan di { $from }. Simpan berkas itu sampai basis data yang baru punya cadangan.
notice_migrate_refused = { $reason ->
        [direction] Kantor pusat dipindahkan dari SQLite ke PostgreSQL; tulis --from sqlite:FILE --to postgres://USER:PASSWORD@HOST/NAME
        [missing] { $file } tidak ada. Periksa namanya.
        [running] { $file } sedang dipakai. Hentikan server kantor pusat dan tutup semua sqlite3 yang membukanya.
        [not_empty] { $place } tidak kosong: tabel { $table } sudah berisi. Pilih basis data yang kosong.
        [other] { $place } berisi sebagian pemindahan { $file } yang terhenti. Pilih basis data yang kosong, atau pindahkan berkas itu.
        [underway] Pemindahan lain ke { $place } sedang berjalan. Tunggu sampai selesai.
        [differs] Isi { $table } tidak sama di kedua pihak: { $here } di berkas, { $there } di basis data baru. Basis data yang baru pernah diubah orang; yang lama tetap utuh: jalankan server kantor pusat dengan yang lama, atau pindahkan ke basis data lain yang kosong.
       *[target] { $place } gagal ({ $detail }). Jalankan lagi perintahnya untuk melanjutkan.
    }

## Hasil pemeriksaan outlet (health dan doctor).

health_file_damaged = { $reason ->
        [damaged] Berkas basis data rusak ({ $detail }). Hentikan server, simpan salinan berkasnya, lalu pulihkan dari cadangan.
        [rules] Berkasnya utuh, tetapi ada nilai yang melanggar aturan skema ({ $detail }). Perbaiki di sqlite3.
       *[ok] Berkas basis data utuh.
    }
health_rows_missing = Baris wajib hilang di: { $tables }. Penjualan tetap jalan. Server yang berjalan memulihkannya dalam satu detik; kalau tidak, jalankan server.
health_not_checked = { $reason ->
        [rows_missing] Pemeriksaan lain tidak dilakukan: baris wajib hilang di { $tables }.
       *[fault] Pemeriksaan lain tidak dilakukan: { $detail }.
    }
health_rows_deleted = { $reason ->
        [deleted] Baris wajib di tabel ini pernah dihapus dan sudah dipulihkan: { $tables }. Periksa pengaturan toko dan sambungan ke kantor pusat, dan cari tahu siapa yang menghapusnya. Pesan ini tampil selama seminggu.
       *[ok] Semua baris wajib ada.
    }
health_unreadable_rows = { $reason ->
        [found] { $count } baris tidak terbaca dan tidak dikirim. Jalankan 'gerai doctor' untuk melihat baris mana dan cara memperbaikinya.
       *[ok] Semua baris yang menunggu terbaca.
    }
health_unreadable_row_named = { $reason ->
        [found] Baris yang tidak terbaca tidak dikirim dan ditampilkan dengan U+FFFD. { $values }
        [found_more] Baris yang tidak terbaca tidak dikirim dan ditampilkan dengan U+FFFD. { $values } Masih ada yang lain.
       *[ok] Semua baris terbaca.
    }
health_triggers_altered = { $reason ->
        [altered] Trigger atau view sinkronisasi hilang atau diubah: { $names }. Perubahan bisa tidak masuk antrean. Jalankan ulang server untuk memperbaikinya.
       *[ok] Semua trigger sinkronisasi utuh.
    }
health_triggers_foreign = { $reason ->
        [found] Basis data berisi trigger, view, atau indeks unik dari program lain: { $names }. Semua itu bisa menolak atau mengubah penjualan. Hapus, kecuali Anda tahu kegunaannya.
       *[ok] Tidak ada trigger, view, atau indeks unik dari program lain.
    }
health_schema_altered = { $reason ->
        [altered] Tabel atau indeks hilang atau diubah: { $names }. Server yang berjalan membuatnya lagi dalam satu detik kalau bisa; kalau tidak, jalankan server. Kalau masih muncul, isi barisnya saling bertentangan: pulihkan dari cadangan.
       *[ok] Semua tabel dan indeks sesuai dengan skema.
    }
health_capture_guard_set = { $reason ->
        [set] Penjaga antrean masih terpasang, jadi perubahan satu data tidak masuk antrean. Jalankan ulang server untuk melepasnya.
       *[ok] Penjaga antrean tidak terpasang.
    }
health_counters_mismatch = { $reason ->
        [mismatch] Hitungan antrean tidak cocok dengan isinya: sync_state atau sync_context pernah diubah. Perubahan yang menunggu tetap dikirim.
       *[ok] Hitungan antrean cocok dengan isinya.
    }
health_paid_orders_underpaid = { $reason ->
        [underpaid] Pembayaran { $count } pesanan lunas kurang dari totalnya. Laporkan ke yang mengurus sistem ini. Tidak ada yang diubah.
       *[ok] Pembayaran semua pesanan lunas mencukupi totalnya.
    }
health_order_totals_mismatch = { $reason ->
        [mismatch] Total pesanan ini tidak cocok dengan isi atau pembayarannya: { $orders }. Pesanan itu diubah langsung di basis data. Bandingkan dengan kantor pusat ('gerai sync verify'). Tidak ada yang diubah.
       *[ok] Total semua pesanan cocok dengan isi dan pembayarannya.
    }
health_shift_figures_mismatch = { $reason ->
        [mismatch] Pembayaran di sif yang sudah ditutup ini bukan yang dihitung waktu itu: { $shifts }. Data diubah langsung di basis data. Bandingkan dengan sif di kantor pusat. Tidak ada yang diubah.
       *[ok] Pembayaran di semua sif yang sudah ditutup sama dengan yang dihitung.
    }
health_unqueued_entities = { $reason ->
        [unqueued] { $count } data belum masuk antrean, yang pertama { $entity_type } { $entity_id }. Jalankan ulang server supaya masuk antrean.
       *[ok] Semua data outlet ini ada di antrean.
    }
health_audit_chain_broken = { $reason ->
        [changed] Catatan pernah diubah: kejadian nomor { $n } di rantai { $chain } bukan yang aslinya. Ada yang mengubah basis datanya. Simpan salinannya, lalu bandingkan dengan catatan di kantor pusat.
        [missing] Catatan tidak lengkap: kejadian nomor { $n } di rantai { $chain } tidak ada. Ada yang menghapusnya dari basis data. Simpan salinannya, lalu bandingkan dengan catatan di kantor pusat.
        [inserted] Kejadian nomor { $n } di rantai { $chain } disisipkan belakangan. Ada yang mengubah basis datanya. Simpan salinannya, lalu bandingkan dengan catatan di kantor pusat.
        [hub] Catatan di kantor pusat berbeda dengan catatan di sini mulai kejadian nomor { $n } di rantai { $chain }: basis datanya diubah, atau dipakai dua server. Bandingkan keduanya.
       *[ok] Catatan lengkap dan tidak diubah.
    }
health_queue_inconsistent = { $reason ->
        [inconsistent] { $count } baris antrean bertentangan: sync_state pernah diubah, dan perubahan bisa tidak pernah terkirim. 'gerai sync verify' menunjukkan apa yang belum ada di kantor pusat, 'gerai sync resync' mengirimnya.
       *[ok] Semua baris antrean sesuai.
    }
health_batches_missing = { $reason ->
        [missing] Kiriman terakhir yang diterima kantor pusat tidak ada di sync_batches: kiriman dihapus atau sync_chain diubah. Kalau kantor pusat memulihkan servernya, outlet ini tidak bisa mengirim ulang yang kurang. Jalankan 'gerai sync verify', dan simpan cadangan.
       *[ok] Kiriman terakhir yang diterima kantor pusat tersimpan.
    }
health_bases_missing = { $reason ->
        [missing] Versi dasar { $count } data bersama hilang di sync_bases: barisnya dihapus. Jalankan 'gerai sync resync --scope shared' untuk memulihkannya.
       *[ok] Semua data bersama punya versi dasar.
    }
health_pins_unusable = { $reason ->
        [unusable] Hash PIN pengguna ini tidak bisa dipakai, jadi mereka tidak bisa masuk atau menyetujui: { $users }. Buat PIN baru untuk masing-masing.
       *[ok] Hash PIN semua pengguna aktif bisa dipakai.
    }
health_zone_unknown = { $reason ->
        [unknown] Zona waktu '{ $zone }' di pengaturan tidak dikenal, jadi hari usaha memakai { $in_force }. Perbaiki, misalnya menjadi Asia/Jakarta, Asia/Makassar, atau Asia/Jayapura.
       *[ok] Zona waktu toko dikenal.
    }
health_duplicate_values = { $reason ->
        [duplicate] Nilai ini harus berbeda, tetapi dipakai lebih dari sekali: { $values }. Ubah semua kecuali satu.
        [phones] Semua kode produk, barcode, dan nama pengguna berbeda. Nomor telepon yang dipakai bersama: { $values }.
       *[ok] Semua kode produk, barcode, dan nama pengguna berbeda.
    }
health_unknown_enum_values = { $reason ->
        [unknown] Basis data berisi nilai yang tidak dikenal: { $values }. Nilai itu tidak memberi hak apa pun. Perbaiki.
       *[ok] Semua nilai dikenal.
    }
health_suspicious_prices = { $reason ->
        [low] Harga mencurigakan di bawah { $least }: { $products }. Di sqlite3, 22.000 berarti 22; tulis 22000.
       *[ok] Tidak ada harga yang terlalu rendah.
    }
health_charges_ignored = { $reason ->
        [ignored] { $charges }
        [ignored_more] { $charges } Dan { $more } lagi.
       *[ok] Semua biaya dan pajak bisa dihitung.
    }
health_printers_failing = { $reason ->
        [failing] { $printers }
       *[ok] Tidak ada printer yang bermasalah.
    }
health_file_permissions = { $reason ->
        [exposed] { $files }
        [no_file] Tidak diperiksa: basis data ini tidak punya berkas.
       *[ok] Izin berkas rahasia dan basis data sudah benar.
    }
health_database_replaced = { $reason ->
        [replaced] Berkas basis data diganti saat server berjalan, jadi server menolak penjualan: bukan berkas ini yang dibukanya. Hentikan server, kembalikan berkas yang benar dengan nama ini (isi sebelumnya ada di berkas terbaru dengan '.unlinked-' di namanya), lalu jalankan lagi.
       *[ok] Tidak ada server yang memakai berkas lain dengan nama ini.
    }
health_disk_low = { $reason ->
        [low] Ruang penyimpanan tinggal { $mib } MiB. Kosongkan sekarang, sebelum penjualan gagal.
        [unknown] Tidak diperiksa: sisa ruang penyimpanan tidak diketahui.
       *[ok] Ruang penyimpanan cukup.
    }
health_backup_old = { $reason ->
        [old] Cadangan terakhir dari { $at }; sejak itu server sudah berjalan { $days } hari. Jalankan: gerai backup FILE
        [young] Basis data masih baru dan belum punya cadangan. Dalam seminggu, jalankan: gerai backup FILE
        [unknown] Tidak diketahui: 'gerai backup' belum pernah membuat cadangan basis data ini. Jalankan, kecuali Anda mencadangkan dengan cara lain.
       *[ok] Cadangan terakhir dari { $at }.
    }
health_sync_stopped = { $reason ->
        [stopped] { $message }
       *[ok] Sinkronisasi tidak berhenti.
    }
health_cloud_not_configured = { $reason ->
        [incomplete] { $message }
        [off] Sinkronisasi mati; alamat kantor pusat tidak diperlukan.
       *[ok] Kantor pusat ada di { $url }.
    }
health_sync_disabled = { $reason ->
        [off] Sinkronisasi dimatikan: isi SYNC_ENABLED=true di .env, atau sync_enabled = 1 di outlet_config.
        [incomplete] { $message }
       *[ok] Sinkronisasi menyala.
    }
health_duplicate_server = { $reason ->
        [duplicate] Server kedua memakai kunci outlet ini sejak { $since }. Penjualannya tidak sampai ke kantor pusat. Cari dan hentikan. Kalau tidak bisa, jalankan 'gerai enroll' di sini: kunci server yang lain tidak berlaku lagi.
        [unknown] Tidak diperiksa: kantor pusat belum memberi tahu apakah ada server kedua yang memakai kunci outlet ini.
        [off] Sinkronisasi mati; server kedua tidak mengganggu.
       *[ok] Tidak ada server kedua yang memakai kunci outlet ini.
    }
health_hub_refused = { $reason ->
        [refused] { $message }
        [off] Sinkronisasi mati; kantor pusat tidak dihubungi.
       *[ok] Kantor pusat tidak menolak permintaan terakhir.
    }
health_hub_unreachable = { $reason ->
        [unreachable] { $message }
        [off] Sinkronisasi mati; kantor pusat tidak dihubungi.
       *[ok] Kantor pusat menerima permintaan terakhir.
    }
health_hub_not_answering = { $reason ->
        [failed] { $detail }
        [unknown_key] Kantor pusat di { $url } tidak mengenal kunci outlet ini.
        [unknown] Tidak diperiksa: alamat kantor pusat belum diatur.
       *[ok] Kantor pusat di { $url } menjawab.
    }
health_worker_stalled = { $reason ->
        [stalled] Sinkronisasi tidak bergerak selama { $minutes } menit. Jalankan ulang server dan laporkan.
        [off] Sinkronisasi mati; tidak ada yang dikerjakan.
        [no_round] Tidak diketahui: belum ada putaran sinkronisasi yang selesai. Konsol server yang berjalan menunjukkannya di 'Sinkronisasi', 'Kondisi'.
        [long_ago] Tidak diketahui: putaran sinkronisasi terakhir selesai pada { $at }. Jalankan server kalau belum berjalan; konsolnya menunjukkan apakah sinkronisasi bekerja, di 'Sinkronisasi', 'Kondisi'.
        [lately] Putaran sinkronisasi terakhir selesai pada { $at }.
       *[ok] Sinkronisasi bekerja.
    }
health_clock_skew = { $reason ->
        [hub_ahead] Jam kantor pusat { $by } lebih cepat daripada jam outlet ini. Betulkan jam yang salah: struk dan hari usaha memakai jam outlet.
        [outlet_ahead] Jam outlet ini { $by } lebih cepat daripada jam kantor pusat. Betulkan jam yang salah: struk dan hari usaha memakai jam outlet.
        [unknown] Tidak diperiksa: jam kantor pusat belum ditanyakan.
       *[ok] Jam komputer ini dan jam kantor pusat cocok.
    }
health_sales_overdue = { $reason ->
        [late] Ada penjualan yang menunggu dikirim selama { $hours } jam. Periksa sambungan ke kantor pusat.
        [wrong_clock] Ada penjualan yang menunggu sejak { $since }, waktu yang belum tiba dari jam yang salah, jadi lamanya tidak diketahui. Periksa sambungan ke kantor pusat.
        [pending] Penjualan menunggu dikirim sejak { $since }.
       *[ok] Tidak ada penjualan yang menunggu.
    }
health_changes_overdue = { $reason ->
        [late] { $count } perubahan menunggu dikirim, yang terlama sejak { $since }, lebih dari sehari. Periksa sambungan ke kantor pusat.
        [wrong_clock] { $count } perubahan menunggu dikirim, yang terlama sejak { $since }, waktu yang belum tiba dari jam yang salah, jadi lamanya tidak diketahui. Periksa sambungan ke kantor pusat.
        [pending] { $count } perubahan menunggu dikirim, yang terlama sejak { $since }.
       *[ok] Tidak ada perubahan yang menunggu.
    }
health_items_failed = { $reason ->
        [failed] { $count } data gagal dikirim. 'gerai sync quarantine' menunjukkan sebabnya; 'gerai sync retry ID' mengirim lagi.
       *[ok] Tidak ada data yang gagal dikirim.
    }
health_acknowledged_sale_changed = { $reason ->
        [changed] { $count } penjualan yang sudah diterima kantor pusat dihapus atau diubah di sini. Kantor pusat menyimpan versinya sampai diputuskan di sana. 'gerai sync quarantine' menunjukkan apa yang diubah; kembalikan kalau itu keliru.
       *[ok] Tidak ada penjualan yang sudah diterima kantor pusat dihapus atau diubah di sini.
    }
health_items_isolated = { $reason ->
        [isolated] { $count } data dipisahkan karena membuat kiriman gagal, dan dicoba lagi satu per satu. Tunggu, atau lihat 'gerai sync queue'.
       *[ok] Tidak ada data yang dipisahkan.
    }
health_conflicts_open = { $reason ->
        [open] { $count } isian diubah di sini dan juga di kantor pusat. Pilih yang benar: 'gerai sync conflicts'.
       *[ok] Tidak ada perbedaan yang menunggu keputusan.
    }
health_updates_unapplied = { $reason ->
        [unapplied] { $count } perubahan dari kantor pusat belum bisa diterapkan. 'gerai sync quarantine' menunjukkan sebabnya; mungkin Gerai perlu diperbarui.
       *[ok] Semua perubahan dari kantor pusat sudah diterapkan.
    }
health_entities_unreviewed = { $reason ->
        [users] Komputer ini menerima data yang dulu dikirim dengan kunci outlet ini. Pengguna: { $users }. Pengaturan dan harga outlet: { $others }. Periksa semuanya, nonaktifkan pengguna yang bukan orang sini, lalu jalankan 'gerai sync unreviewed --confirm'.
        [others] Komputer ini menerima data yang dulu dikirim dengan kunci outlet ini. Pengaturan dan harga outlet: { $others }. Periksa semuanya, lalu jalankan 'gerai sync unreviewed --confirm'.
       *[ok] Tidak ada data kiriman yang perlu diperiksa.
    }
health_stream_gap = { $reason ->
        [gap] Pada { $at } ada bagian kabar kantor pusat yang terlewat, jadi outlet membandingkan semuanya. Tanyakan ke kantor pusat apakah servernya dipulihkan dari cadangan.
       *[ok] Tidak ada kabar kantor pusat yang terlewat.
    }
health_statement_differs = { $reason ->
        [differs] Angka { $days } tidak cocok dengan kantor pusat. 'gerai sync verify' menunjukkan pesanan yang berbeda.
       *[ok] Angka semua hari yang selesai cocok dengan kantor pusat.
    }

## Hasil pemeriksaan kantor pusat (health).

hub_health_outlets_silent = Lama tidak ada kabar dari { $outlets }. Periksa sambungan dan komputer di sana.
hub_health_duplicate_servers = Dua server memakai kunci { $outlets }. Penjualan salah satunya tidak sampai ke sini. Cari dan hentikan. Kalau tidak bisa, daftarkan ulang yang benar: kunci yang lain tidak berlaku lagi.
hub_health_unknown_enum_values = Basis data berisi nilai yang tidak dikenal: { $values }. Nilai itu tidak memberi hak apa pun. Perbaiki: atur ulang peran atau webhook, atau cabut outlet dengan id-nya lalu tambahkan lagi.
hub_health_items_quarantined = Ada data { $outlets } yang tidak bisa dikirim. Lihat sebabnya di 'Data tertahan', 'Tertahan di outlet', lalu coba lagi atau buang di sana.
hub_health_updates_unapplied = Ada perubahan kantor pusat yang tidak bisa diterapkan di { $outlets }. Lihat sebabnya di 'Data tertahan', 'Tertahan di outlet', lalu coba lagi atau buang di sana.
hub_health_dead_letters_open = Ada kiriman { $outlets } yang tidak bisa diterapkan. Putuskan satu per satu di 'Data tertahan'.
hub_health_acknowledged_sale_changed = { $count } penjualan yang sudah diterima dihapus atau diubah di { $outlets }. Kantor pusat menyimpan versinya. Terima atau buang perubahannya di 'Data tertahan'.
hub_health_conflicts_open = { $count } perbedaan menunggu keputusan. Pilih nilai yang benar di 'Perbedaan data'.
hub_health_sales_on_devices = Penjualan terlalu lama menunggu di perangkat kasir { $outlets }, jadi belum masuk angka di sini. Nyalakan perangkat itu di jaringan toko.
hub_health_statement_differs = Angka outlet dan kantor pusat berbeda: { $days }. Kedua angkanya ada di 'Rekap harian'; pesanan yang berbeda tampil dengan 'Periksa' di konsol outlet itu.
hub_health_figures_differ = Penjualan atau angka tidak cocok dengan pesanannya dan sudah dihitung ulang: { $days }. Basis data pernah diubah; angka sebelumnya ada di log.
hub_health_documents_unreadable = Pesanan yang tidak terbaca: { $orders }. Penjualan yang tercatat tidak berubah. 'gerai sync verify --repair' di outlet mengirimnya lagi.
hub_health_audit_broken = Catatan audit { $outlets } pernah diubah, dihapus, atau disisipi. Yang pertama tampil di halaman 'Catatan': cari tahu siapa yang memegang komputer di sana.
hub_health_webhooks_failing = Webhook ke { $outlets } gagal. Sebabnya ada di halaman outlet itu, 'Webhook'.
hub_health_disk_low = { $reason ->
        [unknown] Tidak diperiksa: sisa ruang penyimpanan tidak diketahui.
       *[low] Ruang penyimpanan tinggal { $mib } MiB. Kosongkan sekarang, sebelum kiriman ditolak.
    }
hub_health_upkeep_failing = Pemeliharaan tiap jam gagal: { $detail }. Dicoba lagi satu jam lagi.

## Mengapa sinkronisasi tidak mengirim atau menerapkan sesuatu, atau mengapa berhenti.

reason_invalid_document = { $reason ->
        [field] { $entity } '{ $id }' tidak sah: '{ $field }' { $problem }.
        [unreadable] { $entity } '{ $id }' tidak terbaca: { $detail }.
        [not_an_object] { $entity } '{ $id }' bukan objek JSON; kirim secara utuh.
        [id] Id { $entity } '{ $id }' harus 1 sampai 128 byte tanpa karakter kontrol.
        [not_single] Outlet hanya punya satu { $entity }, dengan id '{ $expected }', bukan '{ $id }'.
        [other_id] Isi { $entity } '{ $id }' memakai id lain.
        [no_document] { $entity } '{ $id }' tiba tanpa isinya; kirim secara utuh.
        [no_changes] { $entity } '{ $id }' tiba tanpa daftar perubahannya; kirim nilai lama dan nilai baru tiap isian.
        [duplicate_entity] { $entity } '{ $id }' ada dua kali dalam satu kiriman.
        [duplicate_seq] Nomor urut { $entity } '{ $id }' ada dua kali dalam satu kiriman.
       *[charge] Biaya '{ $id }' tidak bisa dihitung: { $problem }.
    }
reason_missing_field = { $entity } '{ $id }' belum lengkap: '{ $field }' wajib diisi.
reason_too_large = { $entity } '{ $id }' berukuran { $bytes } byte; maksimal { $most }.
reason_too_deep = Isi { $entity } '{ $id }' bersusun lebih dari { $most } tingkat.
reason_amount_too_large = Ada jumlah yang terlalu besar di { $entity } '{ $id }': '{ $field }' harus -{ $most } sampai { $most }.
reason_totals_do_not_add_up = Hitungan pesanan tidak cocok: { $field } tertulis { $found }, padahal { $parts ->
        [lines] barisnya berjumlah
        [payments] pembayarannya berjumlah
       *[formula] subtotal - discount + service + tax + rounding berjumlah
    } { $sum }. Perbaiki pesanannya lalu kirim lagi.
reason_figures_too_large = Angka penjualan tanggal { $date } jadi terlalu besar ({ $figure } { $amount }). Periksa jumlah di pesanan ini lalu kirim lagi.
reason_unit_rejected = Data ini diubah bersama data lain yang ditolak. Perbaiki yang ditolak, lalu kirim keduanya lagi.
reason_not_newer = Kantor pusat punya isi lain yang tidak lebih lama dari ini. Keduanya disimpan; bandingkan, lalu ubah lagi di sini supaya yang ini yang berlaku.
reason_acknowledged_sale = Kantor pusat mempertahankan penjualan ini seperti saat diterima ({ $sale }); di outlet { $change }.{ $damaged ->
        [yes] {" "}Isi pesanan ini di kantor pusat rusak.
       *[no] {""}
    } Kantor pusat yang memutuskan; kalau ini keliru, kembalikan pesanan seperti semula.
reason_head_office_only = Hanya kantor pusat yang boleh mengubah ini; ubah di sana.
reason_conflict = Orang lain sudah mengubah data ini setelah kiriman tiba. Bandingkan keduanya, lalu ubah lagi di outlet supaya berlaku.
reason_refused = Kantor pusat menolak data ini tanpa memberi alasan.
reason_keeps_failing = Kiriman dengan data ini sudah gagal { $count } kali: { $problem }
reason_unreadable_row = { $reason ->
        [type] Di sync_state ada baris jenis '{ $entity }' yang tidak dikenal versi ini.
        [version] Di sync_state ada baris tertunda dengan versi { $version }, di bawah 1.
       *[values] { $values }
    }
reason_unknown_entity = Versi Gerai ini belum mengenal data jenis '{ $entity }'; perubahannya diterapkan setelah Gerai diperbarui.
reason_rejected_by_database = Basis data di sini menolak perubahan ini: { $detail }.
reason_invalid_value = '{ $field }' tidak boleh { $found }.
reason_invalid_order = Total pesanan tidak bisa dihitung: { $reason ->
        [status] status '{ $field }' tidak dikenal.
        [amount] '{ $field }' bukan jumlah uang.
       *[limits] ada jumlah yang terlalu besar.
    }
reason_unreachable = Server kantor pusat di { $url } tidak terjangkau: { $problem }.
reason_timeout = Server kantor pusat di { $url } tidak menjawab pada waktunya.
reason_connection_lost = Sambungan ke server kantor pusat di { $url } terputus ({ $problem }).{ $hint ->
        [https] {" "}Kalau server itu hanya menerima HTTPS, pakai https://.
       *[no] {""}
    }
reason_answer_damaged = Jawaban server kantor pusat di { $url } terpotong atau berubah di jalan.
reason_answer_too_large = Jawaban server kantor pusat di { $url } lebih besar dari yang bisa dibaca outlet ini.
reason_not_a_hub = { $found ->
        [unknown] Yang menjawab di { $url } bukan server Gerai (status { $status }); periksa alamatnya, atau jaringan ini minta masuk dulu.
        [gzip] Jawaban dari { $url } dimampatkan dengan gzip (status { $status }) padahal tidak diminta; atur proxy di depan server kantor pusat supaya meneruskan jawaban apa adanya.
        [zstd] Jawaban dari { $url } dimampatkan dengan zstd (status { $status }) padahal tidak diminta; atur proxy di depan server kantor pusat supaya meneruskan jawaban apa adanya.
       *[other] Yang menjawab di { $url } bukan server Gerai (status { $status }, { $found ->
                [empty] jawaban kosong
                [page] halaman web
                [json] JSON dari program lain
                [text] { $bytes } byte teks
               *[bytes] { $bytes } byte yang bukan teks, mungkin dimampatkan proxy
            }); periksa alamatnya, atau jaringan ini minta masuk dulu.
    }
reason_snapshot_damaged = { $reason ->
        [cut_off] Salinan data dari kantor pusat terputus; sisanya diambil nanti.
       *[altered] Salinan data dari kantor pusat berubah di jalan; diambil lagi dari awal.
    }
reason_position_unstable = Posisi kiriman outlet ini di kantor pusat terus berubah.
reason_invalid_request = Permintaan ke server kantor pusat tidak bisa dibuat: { $detail }.
reason_database_failed = Basis data di sini bermasalah: { $detail }.
reason_no_http_client = Program pengirim HTTP tidak bisa dijalankan; sebabnya ada di log.
reason_webhook_gone = Alamat webhook menjawab 410: tidak mau menerima lagi. Dicoba sekali sehari; atur lagi dengan 'gerai hub outlet webhook'.
reason_webhook_refused = Alamat webhook menjawab { $status }.{ $redirect ->
        [yes] {" "}Pengalihan tidak diikuti; pakai alamat tujuannya langsung.
       *[no] {""}
    }
reason_webhook_timeout = Alamat webhook tidak menjawab dalam sepuluh detik.
reason_webhook_unreachable = Alamat webhook tidak terjangkau: { $problem }.
reason_webhook_private = Host { $address } mengarah ke alamat pribadi; kalau memang sengaja, jalankan server kantor pusat dengan --webhook-allow-private atau HUB_WEBHOOK_ALLOW_PRIVATE=true.
reason_fork = Kantor pusat punya penjualan outlet ini yang tidak ada di basis data ini: basis data ini hasil pemulihan atau salinan. Penjualan tetap jalan; daftarkan lagi outlet ini dengan 'gerai enroll' supaya penjualannya terkirim.
reason_epoch_mismatch = Kantor pusat mengenal basis data lain untuk outlet ini. Penjualan tetap jalan; daftarkan lagi outlet ini dengan 'gerai enroll'.
reason_restored = Basis data ini lebih lama dari yang terakhir berjalan di mesin ini: hasil pemulihan atau salinan. Penjualan tetap jalan dengan nomor seri baru. Jalankan 'gerai enroll' supaya penjualannya terkirim.
