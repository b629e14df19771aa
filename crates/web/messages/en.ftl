# English. Each message here has its like in id.ftl, with the same arguments.
# $field and $problem are the first field that is wrong; $seconds is what Retry-After says.

## Why a request was refused: whole sentences that say what to do.

malformed_json = The request body is not valid JSON: { $detail }.
unreadable_body = The request body did not arrive whole; send it again.
invalid_path = The path is not valid: '{ $field }' { $problem }.
invalid_cursor = This list did not return that cursor; start again without it.
invalid_if_match = 'If-Match' must be the 'version' that you read, a number.
unauthorized = { $reason ->
        [token] The token is not valid here; log in again.
        [expired] The session has ended; log in again.
        [clock] The session started under a wrong clock; log in again.
       *[no_token] Log in first, and send the token as 'Authorization: Bearer …'.
    }
forbidden = { $reason ->
        [admin_only] Only an admin of head office may change this; ask one.
       *[role] Your role does not allow this; ask a manager or an admin.
    }
origin_not_allowed = A page of another site may not call this server; if it is yours, add its origin to ALLOWED_ORIGINS.
not_found = { $reason ->
        [product] There is no product with this id.
       *[path] There is nothing at this path; /docs lists what there is.
    }
method_not_allowed = This path does not take that method; /docs lists those it takes.
body_too_large = The request body is too large; send less at once.
unsupported_encoding = The request body must not be compressed: leave out 'Content-Encoding'.
unsupported_media_type = The request body must be JSON: send 'Content-Type: application/json'.
host_not_allowed = This server does not answer to that name; add the name to ALLOWED_HOSTS (at head office: HUB_ALLOWED_HOSTS) and restart the server.
invalid_body = The request body is not valid: '{ $field }' { $problem }.
invalid_query = The query is not valid: '{ $field }' { $problem }.
invalid_text = '{ $field }' { $problem }.
invalid_id = '{ $field }' { $problem }.
too_many_attempts = { $reason ->
        [password] Too many wrong passwords
        [code] Too many wrong codes
       *[pin] Too many wrong PINs
    }; try again in { $seconds ->
        [one] { $seconds } second
       *[other] { $seconds } seconds
    }.
too_many_streams = Too many event streams are open; close one and try again.
internal_error = An internal error; nothing was changed. The server's log says more under this request's id.
overloaded = { $reason ->
        [log_ins] Too many people log in at once; try again in a moment.
        [bodies] Too many large requests arrive at once; send this one again in a moment.
        [metrics] The metrics are read too often at once; try again in a moment.
       *[explorer] Too many clients read the API description at once; try again in a moment.
    }
database_busy = { $reason ->
        [contended] Another change holds what this one needs; try again.
        [too_long] The database takes too long over this; ask for less at once, or try again later.
        [behind] The database is behind with its work; try again.
       *[file] Another program holds the database locked: end its transaction (is a sqlite3 shell open?) and try again.
    }
disk_full = { $reason ->
        [undone] The disk is full or fails, and the transaction was undone; nothing was written. Check the disk.
       *[full] The disk is full; nothing was written. Free some space and try again.
    }
stopping = The server is stopping; try again in a moment.
database_replaced = The database file was replaced or removed while the server ran, and nothing is written: { $detail }. Stop the server, put the right file under the database's name, and start it again.

## What is wrong with one value: the end of a sentence that begins with its name.

problem_other = is not valid: { $detail }
problem_missing = is missing
problem_unknown = is unknown here; known: { $choices }
problem_repeated = appears twice
problem_null = must not be null; leave it out where there is none
problem_wrong_type = must be { $expected ->
        [number] a whole number
        [text] a text
        [boolean] true or false
        [list] a list
        [object] an object
       *[words] { $expected }
    }, not { $kind ->
        [null] null
        [list] a list
        [object] an object
       *[value] { $found }
    }
problem_wrong_value = must be { $expected }, not { $found }
problem_wrong_length = must have { $expected }, not { $length }
problem_not_one_of = must be one of { $choices }, not '{ $found }'
problem_not_a_number = must be a whole number, not '{ $found }'
problem_not_a_boolean = must be true or false, not '{ $found }'
problem_out_of_range = is out of range: { $found }
problem_not_between = must be { $least } to { $most }
problem_not_utf8 = must be UTF-8
problem_not_a_uuid = must be a UUID
problem_not_an_id = must be an id: 1 to 128 printable ASCII characters, a UUID in lower case with hyphens
problem_empty = must not be empty
problem_nothing_visible = must contain something visible
problem_too_long = is too long: at most { $most } characters
problem_not_one_line = must be one line: no tabs, no line ends
problem_control_character = must not contain control characters ({ $character })
problem_invisible_character = must not contain invisible characters ({ $character }); type it again instead of pasting it
problem_mixed_alphabets = must not mix letters of different alphabets
problem_looks_like_other = must not contain letters that only look like plain ones
problem_not_a_barcode = must contain only letters, digits and signs that a barcode can hold
problem_not_a_phone_number = must be a phone number: digits, and spaces or + - ( ) . / between them
problem_not_an_email = must be an e-mail address, like rina@example.com

## What was done, or is the case.

notice_done = Done.
