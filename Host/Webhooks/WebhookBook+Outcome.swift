import GantryStore

extension WebhookBook {
    /// Writes down how an attempt ended and what follows for its webhook: a success makes up for all failures before
    /// it, and one failure too many, or an answer that says so, switches it off. Trials have no such consequences.
    /// - Returns: why the webhook was switched off; nil when it was not.
    func record(
        _ verdict: WebhookSchedule.Verdict, on answer: WebhookSchedule.Answer, of due: WebhookDeliveryTable.Due,
        atMilliseconds now: Int64
    ) throws(StoreError) -> String? {
        try database.write(as: .host) { transaction throws(StoreError) -> String? in
            guard
                try WebhookDeliveryTable.save(due, verdict, answer, atMilliseconds: now, in: transaction),
                !due.isTrial, var webhook = try WebhookTable.find(due.webhook, in: transaction)
            else { return nil }
            switch verdict {
            case .again: return nil
            case .succeeded:
                if webhook.failureCount != 0 { try WebhookTable.setFailures(0, of: webhook.id, in: transaction) }
                return nil
            case .failed, .gone:
                webhook.failureCount += 1
                let ends = verdict == .gone || webhook.failureCount >= WebhookSchedule.greatestFailures
                guard ends, webhook.isOn else {
                    try WebhookTable.setFailures(webhook.failureCount, of: webhook.id, in: transaction)
                    return nil
                }
                webhook.isOn = false
                (webhook.disabledMilliseconds, webhook.updatedMilliseconds) = (now, now)
                try WebhookTable.update(webhook, in: transaction)
                let reason = verdict == .gone ? "gone" : "failures"
                try announceEnd(of: webhook, reason: reason, atMilliseconds: now, in: transaction)
                return reason
            }
        }
    }
}
