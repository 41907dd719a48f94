import { describe, expect, it } from "vitest";
import { countWrites, describeWrites, sumOfWrites, writesBetween } from "./writes.ts";

const metrics = (status: number, events: number): string => `
apiserver_request_total{code="200",resource="containervms",subresource="status",verb="APPLY"} ${status}
apiserver_request_total{code="409",resource="containervms",subresource="status",verb="APPLY"} 1
apiserver_request_total{code="200",resource="containervms",subresource="",verb="LIST"} 50
apiserver_request_total{code="201",resource="events",subresource="",verb="POST"} ${events}
apiserver_request_total{code="200",resource="leases",subresource="",verb="PUT"} 9
apiserver_request_duration_seconds_count{resource="containervms",verb="PUT"} 70
`;

describe("writes", () => {
  it("are counted by verb and resource, refused ones too; reads aren't", () => {
    expect([...countWrites(metrics(2, 3))]).toEqual([
      ["APPLY containervms/status", 3],
      ["POST events", 3],
      ["PUT leases", 9],
    ]);
  });

  it("between two counts leave out what didn't change, and are most first", () => {
    const between = writesBetween(countWrites(metrics(2, 0)), countWrites(metrics(6, 10)));
    expect([...between]).toEqual([
      ["POST events", 10],
      ["APPLY containervms/status", 4],
    ]);
    expect(describeWrites(between, 4)).toBe("2.5 POST events, 1 APPLY containervms/status");
  });

  it("of leases and events are no object's cost", () => {
    expect(sumOfWrites(countWrites(metrics(2, 3)))).toBe(3);
  });
});
