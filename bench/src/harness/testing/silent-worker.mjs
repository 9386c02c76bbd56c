// A worker that starts and then answers nothing but `stop`.
process.send?.({ ready: true, port: 0 })
process.on('message', ({ command }) => {
  if (command === 'stop') process.exit(0)
})
