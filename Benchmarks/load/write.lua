-- write.lua KEY PREFIX FILE: creates sessions, each with an identifier of its own and one of a hundred stations.
-- FILE holds the body with two marks of fixed width, so that a request is a concatenation and no more.
dofile("report.lua")

local before, between, after, prefix
local counter = 0

function init(arguments)
   prefix = arguments[2]
   local file = assert(io.open(arguments[3], "rb"))
   local body = file:read("*a")
   file:close()
   local first, second, third = body:match("^(.*)@SESSION@@(.*)@STATION(.*)$")
   wrk.headers["Authorization"] = "Bearer " .. arguments[1]
   wrk.headers["Content-Type"] = "application/json"
   local marked = wrk.format("POST", "/v1/sessions", nil, body)
   before = marked:sub(1, #marked - #body) .. first
   between, after = second, third
   assert(#prefix == 2, "the prefix has two letters, so that the length stays")
end

function request()
   counter = counter + 1
   local session = prefix .. string.format("%08d", counter)
   return before .. session .. between .. string.format("ST-%05d", counter % 100) .. after
end
