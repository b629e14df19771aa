# Bahasa Indonesia. Setiap pesan di sini ada padanannya di en.ftl, dengan argumen yang sama.
# $field dan $problem adalah kolom pertama yang salah; $seconds adalah isi Retry-After.

## Mengapa permintaan ditolak: kalimat utuh yang mengatakan apa yang perlu dilakukan.

malformed_json = Isi permintaan bukan JSON yang benar: { $detail }.
unreadable_body = Isi permintaan tidak sampai utuh. Silakan kirim lagi.
invalid_path = Alamatnya tidak benar: '{ $field }' { $problem }.
invalid_cursor = Penanda halaman ini bukan dari daftar ini. Mulailah lagi dari awal daftar.
invalid_if_match = 'If-Match' harus berisi 'version' yang tadi dibaca, berupa angka.
unauthorized = { $reason ->
        [token] Tanda masuk tidak berlaku di sini. Silakan masuk lagi.
        [expired] Sesi sudah berakhir. Silakan masuk lagi.
        [clock] Sesi ini dimulai saat jam komputer salah. Silakan masuk lagi.
       *[no_token] Silakan masuk dulu, lalu kirim tanda masuk sebagai 'Authorization: Bearer …'.
    }
forbidden = { $reason ->
        [admin_only] Hanya admin kantor pusat yang boleh mengubah ini. Silakan minta bantuannya.
       *[role] Peran Anda belum boleh melakukan ini. Silakan minta bantuan manajer atau admin.
    }
origin_not_allowed = Halaman dari situs lain tidak boleh memanggil server ini. Bila itu halaman Anda, tambahkan alamatnya ke ALLOWED_ORIGINS.
not_found = { $reason ->
        [product] Produk dengan id ini tidak ada.
       *[path] Tidak ada apa-apa di alamat ini. Lihat /docs untuk daftar alamat yang ada.
    }
method_not_allowed = Alamat ini tidak menerima metode itu. Lihat /docs untuk metode yang diterima.
body_too_large = Isi permintaan terlalu besar. Kirimlah lebih sedikit sekaligus.
unsupported_encoding = Isi permintaan tidak boleh dikompres: hapus 'Content-Encoding'.
unsupported_media_type = Isi permintaan harus JSON: kirim 'Content-Type: application/json'.
host_not_allowed = Server ini tidak dikenal dengan nama itu. Tambahkan namanya ke ALLOWED_HOSTS (di kantor pusat: HUB_ALLOWED_HOSTS), lalu jalankan ulang server.
invalid_body = Isi permintaan tidak benar: '{ $field }' { $problem }.
invalid_query = Parameter alamat tidak benar: '{ $field }' { $problem }.
invalid_text = '{ $field }' { $problem }.
invalid_id = '{ $field }' { $problem }.
too_many_attempts = { $reason ->
        [password] Kata sandi salah terlalu sering
        [code] Kode salah terlalu sering
       *[pin] PIN salah terlalu sering
    }. Silakan coba lagi { $seconds ->
       *[other] { $seconds } detik
    } lagi.
too_many_streams = Terlalu banyak sambungan kabar yang terbuka. Tutup salah satu, lalu coba lagi.
internal_error = Ada kesalahan di dalam server; tidak ada yang berubah. Rinciannya ada di log server, dengan id permintaan ini.
overloaded = { $reason ->
        [log_ins] Terlalu banyak orang masuk bersamaan. Silakan coba lagi sebentar lagi.
        [bodies] Terlalu banyak permintaan besar datang bersamaan. Silakan kirim lagi sebentar lagi.
        [metrics] Angka-angka server dibaca terlalu sering. Silakan coba lagi sebentar lagi.
       *[explorer] Terlalu banyak yang membaca penjelasan API bersamaan. Silakan coba lagi sebentar lagi.
    }
database_busy = { $reason ->
        [contended] Perubahan lain sedang memakai data yang sama. Silakan coba lagi.
        [too_long] Permintaan ini terlalu lama bagi basis data. Mintalah lebih sedikit, atau coba lagi nanti.
        [behind] Basis data sedang mengejar pekerjaannya. Silakan coba lagi.
       *[file] Program lain sedang mengunci basis data: akhiri transaksinya (apakah sqlite3 masih terbuka?), lalu coba lagi.
    }
disk_full = { $reason ->
        [undone] Penyimpanan penuh atau rusak, dan perubahan dibatalkan; tidak ada yang tersimpan. Periksa penyimpanannya.
       *[full] Penyimpanan penuh; tidak ada yang tersimpan. Kosongkan sebagian, lalu coba lagi.
    }
stopping = Server sedang berhenti. Silakan coba lagi sebentar lagi.
database_replaced = Berkas basis data diganti atau dihapus saat server berjalan, dan tidak ada yang disimpan: { $detail }. Hentikan server, kembalikan berkas yang benar dengan nama semula, lalu jalankan lagi.

## Apa yang salah dengan satu isian: akhir kalimat yang dimulai dengan namanya.

problem_other = tidak benar: { $detail }
problem_missing = belum diisi
problem_unknown = tidak dikenal di sini; yang dikenal: { $choices }
problem_repeated = muncul dua kali
problem_null = tidak boleh null; tinggalkan saja bila tidak ada
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
problem_too_long = terlalu panjang: paling banyak { $most } karakter
problem_not_one_line = harus satu baris: tanpa tab, tanpa baris baru
problem_control_character = tidak boleh berisi karakter kontrol ({ $character })
problem_invisible_character = tidak boleh berisi karakter yang tidak terlihat ({ $character }); ketik ulang, jangan ditempel
problem_mixed_alphabets = tidak boleh mencampur huruf dari beberapa abjad
problem_looks_like_other = tidak boleh berisi huruf yang hanya mirip huruf biasa
problem_not_a_barcode = hanya boleh berisi huruf, angka, dan tanda yang muat di barcode
problem_not_a_phone_number = harus berupa nomor telepon: angka, dengan spasi atau + - ( ) . / di antaranya
problem_not_an_email = harus berupa alamat email, misalnya rina@example.com

## Apa yang sudah dilakukan, atau keadaannya.

notice_done = Selesai.
