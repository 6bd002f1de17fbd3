package parleytest

import "parley.example/parley/internal/parleytest/memnet"

// The network of a circle; package memnet explains it.
type (
	Net   = memnet.Net
	Fault = memnet.Fault
)

// The faults of the network.
const (
	DropRequest  = memnet.DropRequest
	DropResponse = memnet.DropResponse
	Duplicate    = memnet.Duplicate
	Delay        = memnet.Delay
	CutRequest   = memnet.CutRequest
	CutResponse  = memnet.CutResponse
	Partition    = memnet.Partition
)

var randomFaults = memnet.Random

// NewNet is a network without faults.
func NewNet(seed uint64) *Net { return memnet.New(seed) }
