-- For wrk: sends the requests of a file (see requests.h), one after another and
-- from the beginning again; each thread begins elsewhere. wrk … -- FILE
local requests = {}
local turn = 0
local threads = 0

function setup(thread)
	thread:set("number", threads)
	threads = threads + 1
end

function init(arguments)
	local file = assert(io.open(arguments[1], "rb"))
	while true do
		local length = file:read("*n")
		if not length then break end
		file:read(1)
		requests[#requests + 1] = file:read(length)
	end
	file:close()
	turn = math.floor(number * #requests / 2)
end

function request()
	turn = turn + 1
	return requests[(turn - 1) % #requests + 1]
end

function done(summary, latency, _)
	io.write(string.format(
		'{"requests": %d, "seconds": %.6f, "bytes": %d, "failed": %d, ' ..
		'"refused": %d, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f}\n',
		summary.requests, summary.duration / 1e6, summary.bytes,
		summary.errors.connect + summary.errors.read +
		summary.errors.write + summary.errors.timeout,
		summary.errors.status, latency:percentile(50) / 1e3,
		latency:percentile(99) / 1e3, latency.max / 1e3))
end
