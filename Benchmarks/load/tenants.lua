-- tenants.lua KEYS PATH FIRST COUNT: reads one path as tenants chosen at random among COUNT from the FIRST on.
-- KEYS is a file with a key on each line. With FIRST below 0 every key is used once, in the order of the file.
dofile("report.lua")

local prepared, position, isOnce = {}, 0, false

function init(arguments)
   local first, count = tonumber(arguments[3]), tonumber(arguments[4])
   isOnce = first < 0
   local number = 0
   for key in io.lines(arguments[1]) do
      number = number + 1
      if isOnce or (number > first and number <= first + count) then
         prepared[#prepared + 1] = wrk.format("GET", arguments[2], {Authorization = "Bearer " .. key})
      end
   end
   math.randomseed(4711)
end

function request()
   if isOnce then
      position = position % #prepared + 1
      return prepared[position]
   end
   return prepared[math.random(#prepared)]
end
