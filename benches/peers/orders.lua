-- Orders for wrk, the same for both sides: ready bodies in turn.
--   wrk … -s orders.lua URL -- BODIES [TOKEN STEM]
-- BODIES has a JSON object in each line. With a token each order has an id and an Idempotency-Key of its own, as tills
-- send them; STEM is a UUID without its last part.

local bodies, stem, sent = {}, nil, 0
local headers = { ["Content-Type"] = "application/json" }

function init(args)
  for line in io.lines(args[1]) do bodies[#bodies + 1] = line:sub(2) end
  if args[2] then
    headers["Authorization"] = "Bearer " .. args[2]
    stem = args[3]
  end
end

function request()
  sent = sent + 1
  local head = "{"
  if stem then
    local id = string.format("%s-%012x", stem, sent)
    headers["Idempotency-Key"] = id
    head = '{"id":"' .. id .. '",'
  end
  return wrk.format("POST", nil, headers, head .. bodies[sent % #bodies + 1])
end

-- The last line is the result, for a program.
function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"refused":%d,"failed":%d,"took_us":%d,"p99_us":%d}',
    summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration, latency:percentile(99)
  ))
end
