-- get.lua KEY PATH...: reads the given paths in turn, each request built once.
dofile("report.lua")

local prepared, position = {}, 0

function init(arguments)
   if arguments[1] ~= "" then
      wrk.headers["Authorization"] = "Bearer " .. arguments[1]
   end
   for index = 2, #arguments do
      prepared[index - 1] = wrk.format("GET", arguments[index])
   end
end

function request()
   position = position % #prepared + 1
   return prepared[position]
end
