"""The patrollers' phone page (巡查员手机页): an installable page that works a whole shift without a network.

It draws what the API says and keeps what a member does until the server has it; it knows no rule of its own of who may do
what, or of what counts as patrolled. Only over HTTPS, or from this machine, do browsers give it a position and a service
worker.
"""
