// Package witness judges SOAP requests by govmomi alone: nothing of the lab's
// own reader of requests is in it. A request must come out of govmomi's decoder
// and encoder as it went in.
package witness
