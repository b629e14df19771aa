#!/usr/bin/env python3
"""Writes figures.json from the model of the trade, or compares it: see README.md.

Usage: make.py MODEL/golden.py [--check]

The model prints its examples as a table. This script runs them with the model's functions wrapped, so that each row of
the table comes with the arguments and results of its calculations.
"""
import contextlib
import importlib.util
import io
import json
import pathlib
import sys

FILE = pathlib.Path(__file__).with_name("figures.json")
METHODS = {"%": ("percent", "rate_bp"), "rp": ("amount", "value")}
# Names of the table that speak of the code before this file.
RENAMED = {
    8: "two order discounts, in turn",
    10: "a discount of 100 % bears service on the full price",
    11: "a compliment bears no service",
    21: "weighed: 1,237 kg at 23.500",
}
RECORDED = ("calculate", "take", "split_equal", "split_by_lines", "refunds", "refund_cash", "cash_round", "share",
            "ratio", "ean13", "with_amount")


def load(path):
    spec = importlib.util.spec_from_file_location("golden", path)
    model = importlib.util.module_from_spec(spec)
    sys.modules["golden"] = model
    spec.loader.exec_module(model)
    return model


def record(model):
    """Each row of the model's table with the calls that made it, without the calls inside those."""
    rows, calls, depth = [], [], [0]

    def wrap(name):
        inner = getattr(model, name)

        def outer(*args):
            depth[0] += 1
            result = inner(*args)
            depth[0] -= 1
            if not depth[0]:
                calls.append((name, args, result))
            return result
        return outer

    def row(what, given, result):
        rows.append((what, list(calls), result))
        calls.clear()

    for name in RECORDED:
        setattr(model, name, wrap(name))
    model.row = row
    model.examples()
    return rows


def discount(line, off):
    kind, field = METHODS[off[0]]
    return {"line": line, "kind": kind, field: off[1]}


def cart(lines, discounts, charges):
    of_lines = [discount(i, line.off) for i, line in enumerate(lines) if line.off]
    gifts = [{"line": i, "kind": "compliment"} for i, line in enumerate(lines) if line.comp]
    return {
        "lines": [{"price": line.price, "qty": line.qty, "qty_scale": line.scale, "tax_group": line.group} for line in lines],
        "discounts": of_lines + gifts + [discount(None, off) for off in discounts],
        "charges": [charge(c) for c in charges],
    }


def charge(c):
    return {"kind": c.kind, "rate_bp": c.bp, "tax_group": c.group, "inclusive": c.inclusive, "base_num": c.num,
            "base_den": c.den, "service_base": "before_discount" if c.before else "after_discount"}


def amounts(a):
    return {k: a[k] for k in ("subtotal", "discount", "service", "tax", "tax_included", "total")}


def totals(charges, t):
    lines = [{"subtotal": full, "discount": full - net, "service": service, "tax": tax, "tax_included": inside, "total": total}
             for full, net, service, tax, inside, total in
             zip(t["full"], t["nets"], t["line_service"], t["line_tax"], t["line_in"], t["lines"])]
    at = [{"charge": next(i for i, x in enumerate(charges) if x is c), "base": base, "amount": amount}
          for c, base, amount in t["charges"]]
    return {"order": amounts(t), "lines": lines, "charges": at}


def rounding(step, mode):
    return {"step": step, "mode": mode}


def payment(method, tendered, taken):
    return ({"method": method, "tendered": tendered},
            {"amount": taken["amount"], "rounding": taken["rounding"], "change": taken["change"], "settles": taken["settles"]})


def payments(due, step, mode, made):
    given, expected = zip(*made)
    total = due + sum(x["rounding"] for x in expected)
    return ("payments", {"total": due, "rounding": rounding(step, mode), "payments": list(given)},
            {"payments": list(expected), "total": total})


def refund_money(total, paid, step, mode, made):
    return ("payouts", {"total": total, "paid": paid, "rounding": rounding(step, mode),
                        "refunds": [{"method": method, "amount": amount} for method, amount, _ in made]},
            {"payouts": [{"amount": back["back"], "rounding": back["rounding"]} for _, _, back in made]})


def refunded_money(calls):
    """refund_cash(refund_total, refunded_exact, order_exact, paid, given_back, step, mode)"""
    _, _, total, paid, _, step, mode = calls[0][1]
    return refund_money(total, paid, step, mode, [("cash", args[0], back) for _, args, back in calls])


def order(call):
    (lines, discounts, charges), t = (call[1] + ((), ()))[:3], call[2]
    return "order", cart(lines, discounts, charges), totals(list(charges), t)


def cases(model, number, calls):
    """Kind, what is given and what is expected of each case of a row."""
    def by_name(name):
        return [call for call in calls if call[0] == name]

    if number <= 22:
        yield order(by_name("calculate")[0])
    elif number <= 27:
        (_, (due, method, tendered, step, mode), taken), = by_name("take")
        yield payments(due, step, mode, [payment(method, tendered, taken)])
    elif number in (28, 29):
        due, first, step = 92450, 50000, 100
        methods = ("qris", "cash") if number == 28 else ("cash", "qris")
        one = model.take(due, methods[0], first, step)
        second = first if methods[1] == "cash" else due - first
        two = model.take(due - first, methods[1], second, step)
        yield payments(due, step, "nearest", [payment(methods[0], first, one), payment(methods[1], second, two)])
    elif number <= 33:
        (_, args, parts), = by_name("split_equal")
        due, n, step = args
        yield "equal_split", {"due": due, "parts": n, "step": step}, {"parts": parts}
    elif number <= 36:
        (_, (lines, discounts, charges, groups), (whole, parts)), = by_name("split_by_lines")
        yield ("split", {**cart(lines, discounts, charges), "parts": groups},
               {"order": amounts(whole), "parts": [amounts(p) for p in parts]})
    elif number == 37:
        a, b, merged = by_name("calculate")
        charges = [charge(c) for c in merged[1][2]]
        yield ("merge", {"orders": [cart(call[1][0], (), ())["lines"] for call in (a, b)], "charges": charges},
               {"orders": [amounts(a[2]), amounts(b[2])], "merged": amounts(merged[2])})
    elif number == 38:
        (_, (lines, discounts, charges), bill), = by_name("calculate")
        (_, (_, line, _, steps), backs), = by_name("refunds")
        yield ("refunds", {**cart(lines, discounts, charges), "line": line, "pieces": steps},
               {"refunds": [amounts({**back, "subtotal": back["amount"], "tax_included": 0}) for back in backs],
                "line_total": bill["lines"][line]})
    elif number <= 41:
        yield refunded_money(by_name("refund_cash"))
    elif number == 42:
        _, (refund, step, mode), rounded = by_name("cash_round")[0]
        for method, back in (("cash", rounded), ("transfer", refund)):
            yield refund_money(2 * refund, 2 * refund, step, mode, [(method, refund, dict(back=back, rounding=back - refund))])
    elif number in (43, 44):
        (_, (amount, weights), parts), = by_name("share")
        qty = 1 if number == 43 else 3
        yield ("combo", {"price": amount // qty, "qty": qty, "components": [w // qty for w in weights]}, {"amounts": parts})
    elif number == 45:
        (_, (amount, weights), parts), = by_name("share")
        yield "combo", {"price": amount, "qty": 1, "components": weights}, {"amounts": parts}
        yield order(by_name("calculate")[0])
    elif number in (46, 47, 48):
        # golden.py makes the codes of rows 46 and 47 together.
        price, weight, hundred = (model.ean13(x) for x in ("210012315750", "230012300345", "220012301575"))
        per_kilogram = 85000
        if number == 46:
            amount = int(price[7:12])
            grams = model.ratio(amount * 1000, 1, per_kilogram)
            yield ("barcode", {"pattern": "21IIIIIPPPPPC", "factor": 1, "code": price, "price_per_kilogram": per_kilogram},
                   {"item": price[2:7], "amount": amount, "grams": grams})
        elif number == 47:
            grams = int(weight[7:12])
            yield ("barcode", {"pattern": "23IIIIIWWWWWC", "factor": 1, "code": weight, "price_per_kilogram": per_kilogram},
                   {"item": weight[2:7], "amount": model.ratio(per_kilogram * grams, 1, 1000), "grams": grams})
        else:
            yield ("barcode", {"pattern": "22IIIIIPPPPPC", "factor": 100, "code": hundred, "price_per_kilogram": None},
                   {"item": hundred[2:7], "amount": int(hundred[7:12]) * 100, "grams": None})
    elif number == 49:
        given = {"opening": 500000, "payments": 1234500, "refunds": 46200, "paid_in": 100000, "paid_out": 250000,
                 "dropped": 500000, "counted": 1037000}
        expected = 500000 + 1234500 - 46200 + 100000 - 250000 - 500000
        yield "drawer", given, {"expected": expected, "difference": given["counted"] - expected}
    else:
        _, (static, amount), dynamic = by_name("with_amount")[-1]
        yield "qris", {"static": static, "amount": amount}, {"dynamic": dynamic}


def figures(model):
    found = []
    for number, (what, calls, result) in enumerate(record(model), 1):
        for kind, given, expected in list(cases(model, number, calls)):
            check_table(model, number, kind, expected, result)
            name = RENAMED.get(number, what)
            found.append({"number": number, "name": name, "kind": kind, "given": given, "expected": expected})
    return found


def check_table(model, number, kind, expected, result):
    """Every expected amount stands in the row of the model's table, so that none was made up here."""
    shown = {"order": lambda e: [e["order"]["total"]] if number != 45 else [e["order"]["total"], e["order"]["tax"]],
             "payments": lambda e: [e["payments"][-1]["amount"]],
             "equal_split": lambda e: e["parts"],
             "split": lambda e: [e["order"]["total"]] + [p["total"] for p in e["parts"]],
             "merge": lambda e: [o["total"] for o in e["orders"]] + [e["merged"]["total"]],
             "refunds": lambda e: [r["total"] for r in e["refunds"]] + [e["line_total"]],
             "payouts": lambda e: [abs(p["amount"]) for p in e["payouts"]],
             "combo": lambda e: e["amounts"],
             "barcode": lambda e: [e["amount"]],
             "drawer": lambda e: [e["expected"], e["difference"]],
             "qris": lambda e: []}[kind](expected)
    missing = [n for n in shown if model.dots(n) not in result]
    assert not missing, (number, missing, result)


def text(found):
    return "[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in found) + "\n]\n"


def main():
    path, check = sys.argv[1], "--check" in sys.argv[2:]
    with contextlib.redirect_stdout(io.StringIO()):
        made = text(figures(load(path)))
    if not check:
        FILE.write_text(made)
    elif FILE.read_text() != made:
        sys.exit(f"{FILE} differs from {path}")


if __name__ == "__main__":
    main()
